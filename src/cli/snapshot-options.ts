/** The options of commands that tell and write what changed. */
import type { OptionSpec } from './option-spec.ts';
import { parseChoice } from './parse-values.ts';

const compressions = ['gzip', 'zstd', 'none'] as const;

/** What a command gets of them. */
export interface SnapshotValues {
  readonly base?: string;
  readonly ignore: readonly string[];
  readonly exact: boolean;
  readonly upper: boolean;
  readonly layerOutput?: string;
  readonly layerCompression?: (typeof compressions)[number];
}

export const snapshotOptions: Readonly<Record<keyof SnapshotValues, OptionSpec>> = {
  base: {
    long: 'base',
    about: 'What the directory was before.',
    value: { name: 'TREE', parse: String },
  },
  ignore: {
    long: 'ignore',
    about: 'Take what has this path, or matches this glob, as it is in the base, with everything below it.',
    value: { name: 'PATH', parse: String, fallback: [], repeatable: true },
  },
  exact: {
    long: 'exact',
    about: 'Read every file, also those that the unpack record says nobody touched.',
  },
  upper: {
    long: 'upper',
    about:
      'The directory is the upper directory of an overlay file system over the base as it was unpacked, and nothing else is read.',
  },
  layerOutput: {
    short: 'o',
    long: 'output',
    variable: 'HOLDFAST_LAYER_OUTPUT',
    about: 'Write the layer to this file, which appears complete or not at all; - is stdout.',
    value: { name: 'LAYER.tar', parse: String },
  },
  layerCompression: {
    long: 'compression',
    about: 'How the layer is compressed.',
    value: {
      name: compressions.join('|'),
      parse: (text) => parseChoice(text, compressions),
      shown: 'what the name of the file ends in, else none',
    },
  },
};

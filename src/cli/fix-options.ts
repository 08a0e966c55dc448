/** The options of `fix`. */
import type { OptionSpec } from './option-spec.ts';
import { parseChoice } from './parse-values.ts';

const delinks = ['symlink', 'copy'] as const;

/** What a command gets of them. */
export interface FixValues {
  readonly fixRules: readonly string[];
  readonly fixDryRun: boolean;
  readonly delink: boolean;
  readonly delinkAs?: (typeof delinks)[number];
  readonly accept: boolean;
}

export const fixOptions: Readonly<Record<keyof FixValues, OptionSpec>> = {
  fixRules: {
    long: 'rule',
    about: 'Repair only what this rule finds, such as P01.',
    value: {
      name: 'RULE',
      parse: String,
      fallback: [],
      repeatable: true,
      shown: 'every rule but P02 and P08',
    },
  },
  fixDryRun: { long: 'dry-run', about: 'Tell what would be written, down to the digests, and write nothing.' },
  delink: {
    long: 'delink',
    about: 'Undo every hard link: all but the first name of a group become symbolic links to that.',
  },
  delinkAs: {
    long: 'delink-as',
    about: 'Undo every hard link, and make the other names symbolic links or copies.',
    value: { name: 'symlink|copy', parse: (text) => parseChoice(text, delinks), shown: 'symlink, with --delink' },
  },
  accept: {
    long: 'accept',
    about: 'Where an image does not say what is meant, take what --dry-run lists to be meant.',
  },
};

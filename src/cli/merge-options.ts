/** The options of the command that merges trees. */
import type { OptionSpec } from './option-spec.ts';
import { parseChoice } from './parse-values.ts';

const modes = ['replace', 'error'] as const;

/** What the command gets of them. */
export interface MergeValues {
  readonly mergeOnConflict: (typeof modes)[number];
}

export const mergeOptions: Readonly<Record<keyof MergeValues, OptionSpec>> = {
  mergeOnConflict: {
    long: 'on-conflict',
    variable: 'HOLDFAST_MERGE_ON_CONFLICT',
    about:
      'replace: a later tree wins. error: what a tree would change or remove of an earlier one, directories on directories excepted, is listed, and nothing is written.',
    value: { name: modes.join('|'), parse: (text) => parseChoice(text, modes), fallback: 'replace', shown: 'replace' },
  },
};

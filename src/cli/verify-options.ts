/** The options of `verify`. */
import type { OptionSpec } from './option-spec.ts';

/** What the command gets of them. */
export interface VerifyValues {
  readonly quick: boolean;
  readonly compareAll: boolean;
  readonly leaveOut: readonly string[];
}

export const verifyOptions: Readonly<Record<keyof VerifyValues, OptionSpec>> = {
  quick: { long: 'quick', about: 'Read no content: files of one size count as the same.' },
  compareAll: {
    long: 'all',
    variable: 'HOLDFAST_VERIFY_ALL',
    about: 'Compare what container engines put into every container, too.',
  },
  leaveOut: {
    long: 'ignore',
    variable: 'HOLDFAST_VERIFY_IGNORE',
    about: 'Do not compare what has this path, or matches this glob, with everything below it; the result lists it.',
    value: { name: 'PATH', parse: String, fallback: [], repeatable: true },
  },
};

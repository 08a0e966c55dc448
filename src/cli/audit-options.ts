/** The options of `audit`. */
import { severities, type Severity, type TargetName, targetNames, targets } from '../hazards/index.ts';
import type { OptionSpec } from './option-spec.ts';
import { parseChoice } from './parse-values.ts';

export const reportFormats = ['text', 'json', 'sarif'] as const;

/** What the command gets of them. */
export interface AuditValues {
  readonly reportFormat: (typeof reportFormats)[number];
  readonly failOn: Severity;
  readonly target: readonly TargetName[];
  readonly content: boolean;
  readonly explain?: string;
  readonly baseline?: string;
  readonly writeBaseline?: string;
}

const meanings = targetNames.map((name) => `${name} (${targets[name]})`).join(', ');

export const auditOptions: Readonly<Record<keyof AuditValues, OptionSpec>> = {
  reportFormat: {
    long: 'format',
    about: 'Form of the result on stdout.',
    value: {
      name: reportFormats.join('|'),
      parse: (text) => parseChoice(text, reportFormats),
      fallback: 'text',
      shown: 'text',
    },
  },
  failOn: {
    long: 'fail-on',
    about: 'The least severity for which the exit code is 3.',
    value: {
      name: severities.join('|'),
      parse: (text) => parseChoice(text, severities),
      fallback: 'error',
      shown: 'error',
    },
  },
  target: {
    long: 'target',
    about: `Whom the image is for. Of what consumers do (C…) only that which these do is told, and it is as bad as it is for them: ${meanings}.`,
    value: { name: 'TARGET', parse: (text) => parseChoice(text, targetNames), fallback: [], repeatable: true },
  },
  content: {
    long: 'content',
    about: 'Compare files by what they hold, to find copies: layers of which that is not known yet are read for it.',
  },
  explain: {
    long: 'explain',
    about: 'Print what is known of this hazard, such as P01, as text or as one JSON object. No image is needed.',
    value: { name: 'RULE', parse: String },
  },
  baseline: {
    long: 'baseline',
    about: 'Leave out what this file knows: it goes by rule, image (without its tag), platform and path.',
    value: { name: 'FILE', parse: String },
  },
  writeBaseline: {
    long: 'write-baseline',
    about: 'Write all that was found into this file, for --baseline.',
    value: { name: 'FILE', parse: String },
  },
};

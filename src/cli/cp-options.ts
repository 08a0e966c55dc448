/** The options of the command that copies paths into an image. */
import type { OnConflict } from '../tree/index.ts';
import type { OptionSpec } from './option-spec.ts';
import { parseChoice } from './parse-values.ts';

const modes = ['follow', 'replace', 'error'] as const;

/** What the command gets of them. */
export interface CpValues {
  readonly from?: string;
  readonly into?: string;
  readonly to?: string;
  readonly copyOnConflict: OnConflict;
  readonly clear: boolean;
  readonly copyExclude: readonly string[];
  readonly parents: boolean;
  readonly chown?: string;
  readonly chmod?: string;
}

export const cpOptions: Readonly<Record<keyof CpValues, OptionSpec>> = {
  from: {
    long: 'from',
    about:
      'What is copied from: an image, rootfs:DIR, tar:FILE, layer:FILE, docker:CONTAINER, podman:CONTAINER, or a path that begins with "/" or ".".',
    value: { name: 'TREE', parse: String },
  },
  into: {
    long: 'into',
    about: 'The image that is copied into; scratch is one that has nothing.',
    value: { name: 'IMAGE', parse: String },
  },
  to: {
    long: 'to',
    about: 'Where the result goes; any destination.',
    value: { name: 'DST', parse: String },
  },
  copyOnConflict: {
    long: 'on-conflict',
    variable: 'HOLDFAST_CP_ON_CONFLICT',
    about:
      'follow: DEST, and directories below it, go through symbolic links that lead to directories, and what else is in the way is replaced. replace: everything goes by name, as with COPY --link. error: what would be replaced is listed, and nothing is written.',
    value: { name: modes.join('|'), parse: (text) => parseChoice(text, modes), fallback: 'follow', shown: 'follow' },
  },
  clear: { long: 'clear', about: 'Remove what DEST holds first. DEST itself stays as it is.' },
  copyExclude: {
    long: 'exclude',
    variable: 'HOLDFAST_CP_EXCLUDE',
    about: 'Leave out what has this path, or matches this glob, relative to each SOURCE, with everything below it.',
    value: { name: 'GLOB', parse: String, fallback: [], repeatable: true },
  },
  parents: {
    long: 'parents',
    about: 'Copy the directories above each SOURCE as well; of a/./b/c those behind the "/./".',
  },
  chown: {
    long: 'chown',
    about:
      'The owner of what is copied: numbers, or names that /etc/passwd and /etc/group of the image know. A user alone brings its group.',
    value: { name: 'USER[:GROUP]', parse: String, shown: "the source's" },
  },
  chmod: {
    long: 'chmod',
    about: 'The mode of what is copied, links apart: octal, or symbolic as in u+rwX,go-w.',
    value: { name: 'MODE', parse: String, shown: "the source's" },
  },
};

/** An image cannot be edited as asked. */
import type { ByteString } from '../byte-string.ts';
import { define } from './define.ts';
import { quote, quoteText } from './quote.ts';

export const editErrors = {
  BASE_UNKNOWN: define<{ image: string; flag: '--old-base' | '--new-base' }>({
    exit: 'usage',
    about: 'An image does not say in its annotations on which image it was built, and nobody else says it.',
    message: (data) => `${quoteText(data.image)} does not say on what it was built`,
    hint: (data) => `name the image it was built on with ${data.flag}`,
  }),
  BASE_MISMATCH: define<{ base: string; layer: number; expected: string; actual: string | undefined }>({
    exit: 'failed',
    about: 'The lowest layers of an image are not those of the image that is said to be its base.',
    message: (data) =>
      `the image is not built on ${quoteText(data.base)}: layer ${data.layer} of that is ${data.expected}, ${
        data.actual === undefined ? 'and the image has no such layer' : `the image has ${data.actual}`
      }`,
    hint: 'name the image it was built on, as it was then, with --old-base NAME@DIGEST',
  }),
  SOURCE_NOT_FOUND: define<{
    path: ByteString;
    tree: string;
    reason: 'missing' | 'not-a-directory' | 'loop' | 'not-a-file';
    suggestions: readonly ByteString[];
  }>({
    exit: 'notFound',
    about: 'What is to be copied is not in the tree that it is to be copied from, or a glob matches nothing there.',
    message: (data) => {
      const isGlob = data.reason === 'missing' && /[*?[]/.test(data.path);
      if (isGlob) return `nothing in ${quoteText(data.tree)} matches ${quote(data.path)}`;
      const reason = {
        missing: 'there is no such file or directory',
        'not-a-directory': 'a component of the path is not a directory',
        loop: 'more than 40 symbolic links',
        'not-a-file': 'not a regular file',
      }[data.reason];
      return `${quote(data.path)} in ${quoteText(data.tree)}: ${reason}`;
    },
    hint: ({ suggestions }) =>
      suggestions.length === 0 ? undefined : `did you mean ${suggestions.map(quote).join(' or ')}?`,
  }),
  OWNER_UNKNOWN: define<{ what: 'user' | 'group'; name: ByteString }>({
    exit: 'notFound',
    about: 'A user or group that is to own what is copied is not in /etc/passwd or /etc/group of the image.',
    message: (data) => `the image has no ${data.what} ${quote(data.name)}`,
    hint: (data) =>
      `${data.what === 'user' ? '/etc/passwd' : '/etc/group'} of the image does not name it; a number needs no name`,
  }),
  FIX_UNDECIDED: define<{ platform: string; decisions: readonly string[] }>({
    exit: 'image',
    about:
      'What an image means has to be decided before it can be repaired, and --accept was not given. Nothing is written.',
    message: ({ platform, decisions }) =>
      `the image for ${quoteText(platform).slice(1, -1)} does not say what is meant: ${decisions.slice(0, 5).join('; ')}${
        decisions.length > 5 ? `; and ${decisions.length - 5} more` : ''
      }`,
    hint: '--dry-run lists all of it, --accept takes it to be meant',
  }),
  FIX_UNPROVEN: define<{ layer: number; reason: string }>({
    exit: 'bug',
    about: 'A layer that fix wrote was read back and does not give the tree that it should. Nothing is written.',
    message: ({ layer, reason }) => `the repaired layer ${layer} does not give the tree that it should: ${reason}`,
    hint: 'nothing was written; please report this with the output of the same command and --debug',
  }),
};

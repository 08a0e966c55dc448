/** A layer says something that cannot be or must not be. */
import type { ByteString } from '../byte-string.ts';
import { define } from './define.ts';
import { quote, quoteText } from './quote.ts';

export interface Link {
  path: ByteString;
  target: ByteString;
}

export const layerErrors = {
  NAME_EMPTY: define<{ offset: number }>({
    exit: 'image',
    about: 'An entry has an empty name.',
    message: (data) => `the entry at byte ${data.offset} has an empty name`,
  }),
  NAME_ESCAPES: define<{ name: ByteString }>({
    exit: 'image',
    about: 'A name or hard link target has a ".." component.',
    message: (data) => `${quote(data.name)} has a ".." component`,
  }),
  NAME_NUL: define<{ name: ByteString }>({
    exit: 'image',
    about: 'A name, link text or xattr name holds a NUL byte.',
    message: (data) => `${quote(data.name)} holds a NUL byte`,
  }),
  NAME_TOO_LONG: define<{ name: ByteString; bytes: number; limit: number }>({
    exit: 'image',
    about: 'A path component has more than 255 bytes; no Linux file system can hold it.',
    message: (data) => `${quote(data.name)} has a component of ${data.bytes} bytes, more than ${data.limit}`,
  }),
  NAME_RESERVED: define<{ name: ByteString }>({
    exit: 'image',
    about: 'A path component before the last begins with ".wh.", which is reserved for whiteout markers.',
    message: (data) => `${quote(data.name)} has a directory component that begins with ".wh."`,
  }),
  WHITEOUT_INVALID: define<{ name: ByteString }>({
    exit: 'image',
    about: 'A whiteout marker names nothing, "." or "..".',
    message: (data) => `${quote(data.name)} is not a valid whiteout marker`,
  }),
  NAME_IS_MARKER: define<{ name: ByteString }>({
    exit: 'failed',
    about:
      'A name that is to be written into a layer begins with ".wh.", so every reader would take it for a whiteout.',
    message: (data) => `${quote(data.name)} cannot be in a layer: a name that begins with ".wh." is a whiteout there`,
    hint: 'rename it, or leave it out',
  }),
  ROOT_NOT_DIRECTORY: define<{ kind: string }>({
    exit: 'image',
    about: 'The entry for the root is not a directory (umoci CVE-2021-29136).',
    message: (data) => `the entry for the root is a ${data.kind}, not a directory`,
  }),
  LINK_TARGET_MISSING: define<Link>({
    exit: 'image',
    about: 'A hard link points to a name that neither this layer so far nor a layer below provides.',
    message: (data) => `hard link ${quote(data.path)} points to ${quote(data.target)}, which no layer below provides`,
    hint: 'the image was built with a broken layer writer; rebuild it, or remove the link in the source image',
  }),
  LINK_TARGET_LATER: define<Link>({
    exit: 'image',
    about: 'A hard link stands before its target in the same layer.',
    message: (data) =>
      `hard link ${quote(data.path)} points to ${quote(data.target)}, which comes only later in the layer`,
    hint: 'holdfast fix --accept puts it behind its target',
  }),
  LINK_TO_DIRECTORY: define<Link>({
    exit: 'image',
    about: 'A hard link points to a directory.',
    message: (data) => `hard link ${quote(data.path)} points to the directory ${quote(data.target)}`,
  }),
  LINK_TO_SELF: define<Link>({
    exit: 'image',
    about: 'A hard link points to itself, once the symbolic links in its parents are resolved.',
    message: (data) => `hard link ${quote(data.path)} points to itself (${quote(data.target)})`,
  }),
  LINK_TEXT_INVALID: define<{ path: ByteString; reason: string }>({
    exit: 'image',
    about:
      'The text of a symbolic link is empty, longer than 4095 bytes, or holds a NUL byte; or a hard link has no target.',
    message: (data) => `the text of the link ${quote(data.path)} ${data.reason}`,
  }),
  SYMLINK_LOOP: define<{ path: ByteString }>({
    exit: 'image',
    about: 'Resolving the parents of a name meets more than 40 symbolic links.',
    message: (data) => `resolving the parents of ${quote(data.path)} meets more than 40 symbolic links`,
  }),
  ID_OUT_OF_RANGE: define<{ path: ByteString; field: string; value: string }>({
    exit: 'image',
    about: 'A user or group id is negative or does not fit 32 bits; 4294967295 means "do not change" to chown(2).',
    message: (data) => `${quote(data.path)} has the ${data.field} ${data.value}, which is not a valid id`,
  }),
  DEVICE_OUT_OF_RANGE: define<{ path: ByteString; major: number; minor: number }>({
    exit: 'image',
    about: 'A device number does not fit the 12 bits (major) or 20 bits (minor) that Linux has for it.',
    message: (data) => `${quote(data.path)} has the device number ${data.major}:${data.minor}, out of range`,
  }),
  XATTR_INVALID: define<{ path: ByteString; xattr: ByteString; reason: string }>({
    exit: 'image',
    about: 'An extended attribute has no namespace, an empty or too long name, or a value over 64 KiB.',
    message: (data) => `${quote(data.path)}: the xattr ${quote(data.xattr)} ${data.reason}`,
  }),
  CONFLICT_REFUSED: define<{ path: ByteString; parent: ByteString }>({
    exit: 'image',
    about: 'With --on-conflict error: a parent of an entry is not a directory.',
    message: (data) => `${quote(data.path)}: the parent ${quote(data.parent)} is not a directory`,
    hint: '--on-conflict replace makes it a directory, --on-conflict follow goes through a symbolic link',
  }),
  CONFLICTS_REFUSED: define<{ paths: readonly ByteString[]; by?: string }>({
    exit: 'image',
    about: 'With --on-conflict error: a merge or copy would change or remove paths that are there already.',
    message: ({ paths, by }) =>
      `${by === undefined ? 'the copy' : quoteText(by)} would replace what is there already: ${paths.slice(0, 10).map(quote).join(', ')}${
        paths.length > 10 ? ` and ${paths.length - 10} more` : ''
      }`,
    hint: '--on-conflict replace lets what comes later win',
  }),
  LIMIT_EXCEEDED: define<{ limit: string; flag: string; value: string; path?: ByteString }>({
    exit: 'image',
    about: 'The image asks for more than a limit allows. Every limit has a flag.',
    message: (data) => `${data.path === undefined ? '' : `${quote(data.path)}: `}more than ${data.value} ${data.limit}`,
    hint: (data) =>
      data.flag === '' ? undefined : `if you trust the image, raise the limit with ${quoteFlag(data.flag)}`,
  }),
};

function quoteFlag(flag: string): string {
  return quoteText(flag).slice(1, -1);
}

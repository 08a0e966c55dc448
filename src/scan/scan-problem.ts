import type { ByteString } from '../base/index.ts';

/** What a scan met and could not, or did not, take into the tree. */
export type ScanProblem =
  /** A socket: no archive can hold one. It is not in the tree. */
  | { readonly kind: 'socket'; readonly path: ByteString }
  /**
   * Something is mounted here. What the tree says of the name is said by the mounted file system; what it covers is
   * unknown. Unless mounts were to be crossed, nothing below was seen.
   */
  | { readonly kind: 'mount'; readonly path: ByteString; readonly isCrossed: boolean }
  /**
   * The system does not let this process see: `inode`, anything but the name, so that it is not in the tree; `names`,
   * what is in the directory; `content`, the bytes of the file; `xattrs`, some of their values.
   */
  | {
      readonly kind: 'unreadable';
      readonly path: ByteString;
      readonly what: 'inode' | 'names' | 'content' | 'xattrs';
      readonly errno: string;
    }
  /** It was there and then it was not, or something else was: gone or replaced meanwhile. It is not in the tree. */
  | { readonly kind: 'vanished'; readonly path: ByteString }
  /** Its content changed while it was read, or since the scan. Only reading content tells. */
  | { readonly kind: 'changed'; readonly path: ByteString };

/** What the system says when a name does not lead (any more) to what was just there. */
const gone = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ESTALE', 'EINVAL', 'ENXIO']);
/** These are about this process and say nothing of the file. */
const failures = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);

/** What a refusal with this errno means for a name; undefined when it is no fact about the file but a failure. */
export function meaningOf(errno: string | undefined): 'vanished' | 'unreadable' | undefined {
  if (errno === undefined || failures.has(errno)) return undefined;
  return gone.has(errno) ? 'vanished' : 'unreadable';
}

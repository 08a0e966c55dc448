import { constants } from 'node:os';
import { type ByteString, HoldfastError, isHoldfastError, toDisplayText } from '../base/index.ts';

const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** The error for a refused call. */
export function refused(operation: string, name: ByteString, errno: number): HoldfastError {
  return new HoldfastError('HOST_REFUSED', {
    operation,
    path: toDisplayText(name),
    errno: names.get(errno) ?? `errno ${errno}`,
  });
}

/** Runs a call of `node:fs` and turns what it throws into HOST_REFUSED. */
export function guarded<Result>(operation: string, name: ByteString, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw asRefused(operation, toDisplayText(name), error);
  }
}

/** A system error of Node as HOST_REFUSED; anything else as it is. */
export function asRefused(operation: string, path: string, error: unknown): unknown {
  const errno = error instanceof Error && 'code' in error && 'syscall' in error ? String(error.code) : undefined;
  return errno === undefined ? error : new HoldfastError('HOST_REFUSED', { operation, path, errno }, { cause: error });
}

/** What became of a file that somebody named to be read: FILE_NOT_FOUND where there is none, else HOST_REFUSED. */
export function asUnread(path: string, error: unknown): unknown {
  const isMissing = error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR');
  return isMissing ? new HoldfastError('FILE_NOT_FOUND', { path }, { cause: error }) : asRefused('read', path, error);
}

/** The errno of a HOST_REFUSED error, undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  return isHoldfastError(error, 'HOST_REFUSED') ? error.data.errno : undefined;
}

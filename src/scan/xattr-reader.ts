import type { ByteString, Limits } from '../base/index.ts';
import { HoldfastError, limitFlags } from '../base/index.ts';
import { errnoOf, host, isHostXattr, type LookCalls } from '../host/index.ts';
import { joinPath, type Xattrs } from '../tree/index.ts';
import { meaningOf, type ScanProblem } from './scan-problem.ts';

/** Reads the xattrs of inodes: all that the system lists, without those that belong to the host unless they are wanted. */
export class XattrReader {
  readonly #hostXattrs: boolean;
  readonly #limits: Limits;
  readonly #listXattrs: LookCalls['listXattrs'];
  readonly #readXattr: LookCalls['readXattr'];

  constructor(hostXattrs: boolean, limits: Limits) {
    this.#hostXattrs = hostXattrs;
    this.#limits = limits;
    const { listXattrs, readXattr } = host;
    this.#listXattrs = listXattrs;
    this.#readXattr = readXattr;
  }

  /** Of a name in a directory. @throws HOST_REFUSED when the name is gone, LIMIT_EXCEEDED */
  read(directory: number, name: ByteString, above: ByteString, problems: ScanProblem[]): Xattrs | undefined {
    const listed = this.#listXattrs(directory, name);
    if (listed.length === 0) return undefined;
    const path = joinPath(above, name);
    return this.#collect(listed, path, problems, (xattr) => this.#readXattr(directory, name, xattr));
  }

  /** Of what is open. @throws HOST_REFUSED, LIMIT_EXCEEDED */
  readOf(file: number, path: ByteString, problems: ScanProblem[]): Xattrs | undefined {
    return this.#collect(host.listXattrsOf(file), path, problems, (xattr) => host.readXattrOf(file, xattr));
  }

  #collect(
    listed: readonly ByteString[],
    path: ByteString,
    problems: ScanProblem[],
    read: (xattr: ByteString) => Uint8Array | undefined,
  ): Xattrs | undefined {
    const xattrs = new Map<ByteString, Uint8Array>();
    let bytes = 0;
    let refusal: string | undefined;
    for (const xattr of [...listed].sort()) {
      if (!this.#hostXattrs && isHostXattr(xattr)) continue;
      try {
        const value = read(xattr);
        if (value === undefined) continue;
        xattrs.set(xattr, value);
        bytes += xattr.length + value.length;
      } catch (error) {
        refusal = refusalOf(error);
      }
      if (bytes > this.#limits.maxXattrBytes) throw this.#exceeded(path);
    }
    if (refusal !== undefined) problems.push({ kind: 'unreadable', path, what: 'xattrs', errno: refusal });
    return xattrs.size > 0 ? xattrs : undefined;
  }

  #exceeded(path: ByteString): HoldfastError {
    const value = String(this.#limits.maxXattrBytes);
    return new HoldfastError('LIMIT_EXCEEDED', {
      limit: 'bytes of xattrs',
      flag: limitFlags.maxXattrBytes,
      value,
      path,
    });
  }
}

/** The errno with which a value may not be read. @throws what says something else */
function refusalOf(error: unknown): string {
  const errno = errnoOf(error);
  if (errno === undefined || meaningOf(errno) !== 'unreadable') throw error;
  return errno;
}

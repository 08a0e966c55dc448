/**
 * The unpack record `.NAME.holdfast`: which inode was placed for each path, so that a later look at the directory can
 * tell what was changed without reading it, and the exact attributes where the file system does not hold them.
 * One JSON object a line: a head, then one for each path.
 */
import fs from 'node:fs';
import { type ByteString, formatTimestamp, toJsonText } from '../base/index.ts';
import { errnoOf, type FileIdentity, host, privateName, procPath } from '../host/index.ts';
import { writeFully } from '../layer/index.ts';
import type { Inode } from '../tree/index.ts';
import type { PlacedLoss } from './place-inode.ts';

const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
const bufferedLines = 1000;

export interface RecordHead {
  readonly digest: string;
  readonly reference: string;
}

/** Collects the lines while paths are placed; nothing is on disk before {@link UnpackRecord.publish}. */
export class UnpackRecord {
  readonly #chunks: string[] = [];
  #lines: string[];

  constructor(head: RecordHead) {
    this.#lines = [JSON.stringify({ holdfast: 1, ...head })];
  }

  /** Without an identity: the path is not on disk at all. */
  add(path: ByteString, inode: Inode, identity: FileIdentity | undefined, losses: readonly PlacedLoss[]): void {
    this.#lines.push(
      JSON.stringify({
        path: path === '' ? '.' : toJsonText(path),
        ...(identity ? identityToJson(identity) : {}),
        ...(losses.length > 0 ? { attributes: exactAttributes(inode) } : {}),
      }),
    );
    if (this.#lines.length >= bufferedLines) this.#flush();
  }

  /**
   * Writes the record beside its directory, at once.
   * @returns false where the parent cannot be written
   * @throws HOST_REFUSED for any other failure
   */
  publish(parent: number, name: ByteString): boolean {
    this.#flush();
    const temporary = privateName(name);
    try {
      const file = host.open(parent, temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600);
      try {
        host.tryLock(file);
        for (const chunk of this.#chunks) writeFully(file, Buffer.from(chunk), null);
      } finally {
        host.close(file);
      }
      fs.renameSync(procPath(parent, temporary), procPath(parent, recordName(name)));
      return true;
    } catch (error) {
      fs.rmSync(procPath(parent, temporary), { force: true });
      const errno = errnoOf(error);
      if (errno === 'EACCES' || errno === 'EPERM' || errno === 'EROFS') return false;
      throw error;
    }
  }

  #flush(): void {
    this.#chunks.push(`${this.#lines.join('\n')}\n`);
    this.#lines = [];
  }
}

/** The record's name for a directory's name. */
export function recordName(name: ByteString): ByteString {
  return `.${name}.holdfast` as ByteString;
}

function identityToJson(identity: FileIdentity): Record<string, unknown> {
  return {
    device: String(identity.device),
    inode: String(identity.inode),
    size: identity.size,
    mtime: formatTimestamp(identity.mtime),
    ctime: formatTimestamp(identity.ctime),
  };
}

function exactAttributes(inode: Inode): Record<string, unknown> {
  const isDevice = inode.kind === 'char' || inode.kind === 'block';
  return {
    kind: inode.kind,
    mode: inode.mode,
    uid: inode.uid,
    gid: inode.gid,
    mtime: formatTimestamp(inode.mtime),
    ...(isDevice ? { device: inode.device } : {}),
    ...(inode.xattrs ? { xattrs: xattrsToJson(inode.xattrs) } : {}),
  };
}

function xattrsToJson(xattrs: ReadonlyMap<ByteString, Uint8Array>): Record<string, string> {
  const entries = [...xattrs].map(([name, value]) => [toJsonText(name), Buffer.from(value).toString('base64')]);
  return Object.fromEntries(entries) as Record<string, string>;
}

/**
 * The unpack record `.NAME.holdfast`: which inode was placed for each path, so that a later look at the directory can
 * tell what was changed without reading it, and the exact attributes where the file system does not hold them.
 * One JSON object a line: a head, then one for each path.
 */
import fs from 'node:fs';
import { type ByteString, formatTimestamp, toJsonText } from '../base/index.ts';
import {
  type AttributePolicy,
  createPrivateFile,
  errnoOf,
  type FileIdentity,
  guarded,
  host,
  isHostXattr,
  type PrivateFile,
  procPath,
} from '../host/index.ts';
import { writeFully } from '../layer/index.ts';
import type { Inode, OnConflict } from '../tree/index.ts';
import type { PlacedLoss } from './place-inode.ts';

const longestName = 255;
const bufferedLines = 1000;

export interface RecordHead {
  readonly digest: string;
  /** How many layers of the image, from the bottom. */
  readonly layers: number;
  readonly onConflict: OnConflict;
  readonly reference: string;
  /** How attributes of the image became attributes on disk. */
  readonly policy: AttributePolicy;
}

/** Grows beside its directory under a private name; {@link UnpackRecord.publish} gives it its own. */
export class UnpackRecord implements Disposable {
  readonly #parent: number;
  readonly #name: ByteString;
  readonly #file: PrivateFile;
  #state: 'private' | 'published' | 'kept' = 'private';
  #lines: string[] = [];
  readonly #head: RecordHead;
  /** Inodes that could not be made, by their first names. */
  readonly #absent = new Map<Inode, string>();

  private constructor(parent: number, name: ByteString, head: RecordHead) {
    this.#head = head;
    this.#parent = parent;
    this.#name = recordName(name);
    this.#file = createPrivateFile(parent, name, 0o600);
    const { digest, layers, onConflict, reference, policy } = head;
    this.#addLine({ holdfast: 1, digest, layers, onConflict, reference, uidMap: policy.uidMap, gidMap: policy.gidMap });
  }

  /**
   * Begins the record of a directory; undefined where its parent cannot be written, or its name is too long for one.
   * @throws HOST_REFUSED for any other failure
   */
  static open(parent: number, name: ByteString, head: RecordHead): UnpackRecord | undefined {
    if (recordName(name).length > longestName) return undefined;
    try {
      return new UnpackRecord(parent, name, head);
    } catch (error) {
      if (['EACCES', 'EPERM', 'EROFS'].includes(errnoOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  /** Without an identity: the path is not on disk at all. */
  add(path: ByteString, inode: Inode, identity: FileIdentity | undefined, losses: readonly PlacedLoss[]): void {
    const name = path === '' ? '.' : toJsonText(path);
    const isExact = losses.length === 0 && !hasUnsetXattrs(inode, this.#head);
    const attributes = isExact ? {} : { attributes: exactAttributes(inode) };
    if (identity) this.#addLine({ path: name, ...identityToJson(identity), ...attributes });
    else this.#addLine({ path: name, ...(this.#linkToAbsent(name, inode) ?? attributes) });
  }

  #addLine(line: object): void {
    this.#lines.push(JSON.stringify(line));
    if (this.#lines.length >= bufferedLines) this.#flush();
  }

  /** Names of one inode that is not on disk have no inode number to be known by. */
  #linkToAbsent(name: string, inode: Inode): { readonly link: string } | undefined {
    const link = this.#absent.get(inode);
    if (link === undefined) this.#absent.set(inode, name);
    return link === undefined ? undefined : { link };
  }

  /**
   * Puts the complete record in place, over one of an earlier run.
   * @throws HOST_REFUSED
   */
  publish(): void {
    this.#flush();
    guarded('rename', this.#name, () => {
      fs.renameSync(procPath(this.#parent, this.#file.name), procPath(this.#parent, this.#name));
    });
    this.#file.release();
    this.#state = 'published';
  }

  /** The directory has appeared: the record stays. */
  keep(): void {
    this.#state = 'kept';
  }

  [Symbol.dispose](): void {
    if (this.#state === 'published') removeRecordNamed(this.#parent, this.#name);
    this.#file[Symbol.dispose]();
  }

  #flush(): void {
    if (this.#lines.length === 0) return;
    writeFully(this.#file.handle, Buffer.from(`${this.#lines.join('\n')}\n`), null);
    this.#lines = [];
  }
}

/** The record's name for a directory's name. */
export function recordName(name: ByteString): ByteString {
  return `.${name}.holdfast` as ByteString;
}

/** Removes a record that is about another directory than the one that is to appear; where it can be removed. */
export function removeRecord(parent: number, name: ByteString): void {
  removeRecordNamed(parent, recordName(name));
}

function removeRecordNamed(parent: number, record: ByteString): void {
  try {
    host.unlink(parent, record);
  } catch {
    // There is none, or it cannot be removed; a stale one costs time only.
  }
}

function hasUnsetXattrs({ xattrs }: Inode, { policy }: RecordHead): boolean {
  return !policy.hostXattrs && xattrs?.keys().some(isHostXattr) === true;
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

/**
 * The unpack record `.NAME.holdfast`: which inode was placed for each path, so that a later look at the directory can
 * tell what was changed without reading it, and the exact attributes where the file system does not hold them.
 */
import fs from 'node:fs';
import type { ByteString } from '../base/index.ts';
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
import { encodeColumns, writeFully } from '../layer/index.ts';
import { RecordBuilder, recordFormat, type RecordHead as StoredHead, recordName } from '../record/index.ts';
import type { Inode, OnConflict, Tree } from '../tree/index.ts';
import type { PlacedLoss } from './place-inode.ts';

const longestName = 255;

export interface RecordHead {
  readonly digest: string;
  /** How many layers of the image, from the bottom. */
  readonly layers: number;
  readonly onConflict: OnConflict;
  readonly reference: string;
  /** How attributes of the image became attributes on disk. */
  readonly policy: AttributePolicy;
}

/** Stands beside its directory under a private name until {@link UnpackRecord.publish} gives it its own. */
export class UnpackRecord implements Disposable {
  readonly #parent: number;
  readonly #name: ByteString;
  readonly #file: PrivateFile;
  #state: 'private' | 'published' | 'kept' = 'private';
  readonly #head: RecordHead;
  readonly #builder = new RecordBuilder();

  private constructor(parent: number, name: ByteString, head: RecordHead) {
    this.#head = head;
    this.#parent = parent;
    this.#name = recordName(name);
    this.#file = createPrivateFile(parent, name, 0o600);
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

  /** Without an identity: the inode is not on disk at all. */
  add(inode: Inode, identity: FileIdentity | undefined, losses: readonly PlacedLoss[]): void {
    const isExact = losses.length === 0 && !hasUnsetXattrs(inode, this.#head);
    this.#builder.add(inode, identity, isExact && identity !== undefined);
  }

  /**
   * Puts the complete record in place, over one of an earlier run.
   * @param tree that was placed
   * @throws HOST_REFUSED
   */
  publish(tree: Tree): void {
    const { policy, ...facts } = this.#head;
    const { uidMap, gidMap } = policy;
    const head: StoredHead = { ...facts, uidMap, gidMap, devices: this.#builder.devices };
    for (const piece of encodeColumns(recordFormat, head, this.#builder.columns(tree))) {
      writeFully(this.#file.handle, piece, null);
    }
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

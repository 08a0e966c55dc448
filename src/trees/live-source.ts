/** A live directory as an open tree. */
import fs from 'node:fs';
import {
  type ByteString,
  fromBytes,
  fromJsonText,
  HoldfastError,
  isHoldfastError,
  toBytes,
  toDisplayText,
  toJsonText,
} from '../base/index.ts';
import { asRefused, errnoOf, guarded, host } from '../host/index.ts';
import type { OpenBody } from '../layer/index.ts';
import { contentDigests, type LiveTree, scanDirectory, type ScanOptions, type ScanProblem } from '../scan/index.ts';
import type { Inode } from '../tree/index.ts';
import type { ContentOptions, FileDigests, OpenTree } from './open-tree.ts';

const chunkBytes = 1024 * 1024;

/** @throws the codes of `scanDirectory` */
export async function openLiveTree(reference: string, path: string, options: ScanOptions): Promise<OpenTree> {
  const live = await scanDirectory(path, options);
  try {
    return scannedTree(reference, live, { directory: realPath(path) });
  } catch (error) {
    live[Symbol.dispose]();
    throw error;
  }
}

/** Where a scanned tree stands; undefined where it has no path of its own, which a container has not. */
type Place = Pick<OpenTree, 'directory' | 'container'>;

/** A scan as an open tree, which is disposed of with it. */
export function scannedTree(reference: string, live: LiveTree, place: Place): OpenTree {
  return new LiveSource(reference, live, place);
}

/** The absolute path of a directory, links resolved; undefined where it cannot be found out. */
export function realDirectory(path: string): string | undefined {
  try {
    return realPath(path);
  } catch {
    return undefined;
  }
}

/** @throws HOST_REFUSED */
function realPath(path: string): string {
  try {
    return toJsonText(fromBytes(fs.realpathSync(toBytes(fromJsonText(path)), 'buffer')));
  } catch (error) {
    throw asRefused('resolve', path, error);
  }
}

class LiveSource implements OpenTree {
  readonly reference: string;
  readonly live: LiveTree;
  readonly directory?: string;
  readonly container?: NonNullable<OpenTree['container']>;
  readonly notes = [];

  constructor(reference: string, live: LiveTree, { directory, container }: Place) {
    this.reference = reference;
    this.live = live;
    if (directory !== undefined) this.directory = directory;
    if (container) this.container = container;
  }

  get tree() {
    return this.live.tree;
  }

  get facts() {
    return this.live.facts;
  }

  get problems() {
    return this.live.problems;
  }

  isUnseen(path: ByteString): boolean {
    return this.live.isUnseen(path);
  }

  contentKey(): undefined {
    return undefined;
  }

  async contentDigests(inodes: Iterable<Inode>, { signal, jobs }: ContentOptions = {}): Promise<FileDigests> {
    const rows = Array.from(inodes, ({ row }) => row);
    const digests = await contentDigests(this.live, rows, {
      ...(signal && { signal }),
      ...(jobs === undefined ? {} : { jobs }),
    });
    return { get: ({ row }) => digests.get(row), problems: digests.problems };
  }

  async openBodies(): Promise<OpenBody> {
    return (inode) => bodyOf(this.live, inode);
  }

  /** What has gone or changed since the scan is another matter: whoever reads it is told. */
  unreadable(inode: Inode): ScanProblem | undefined {
    try {
      host.close(this.live.open(inode));
      return undefined;
    } catch (error) {
      const errno = errnoOf(error);
      if (errno !== 'EACCES' && errno !== 'EPERM') throw error;
      return { kind: 'unreadable', what: 'content', errno, path: this.live.rows.path(inode.row) };
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.live[Symbol.dispose]();
  }
}

/** What is written to while it is read is refused: it is opened as it was scanned, and looked at again at the end. */
function* bodyOf(live: LiveTree, inode: Inode): Generator<Uint8Array> {
  const file = openAsScanned(live, inode);
  try {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, inode.size + 1));
    for (let count = readNext(file, buffer); count > 0; count = readNext(file, buffer)) yield buffer.subarray(0, count);
    host.close(openAsScanned(live, inode));
  } finally {
    host.close(file);
  }
}

/** With the whole path in the message. @throws HOST_REFUSED */
function openAsScanned(live: LiveTree, inode: Inode): number {
  try {
    return live.open(inode);
  } catch (error) {
    if (!isHoldfastError(error, 'HOST_REFUSED')) throw error;
    const hint =
      error.data.errno === 'ESTALE' ? { hint: 'it was changed meanwhile; try again when nothing writes to it' } : {};
    const path = toDisplayText(live.rows.path(inode.row));
    throw new HoldfastError('HOST_REFUSED', { ...error.data, path, ...hint }, { cause: error });
  }
}

function readNext(file: number, buffer: Buffer): number {
  return guarded('read', 'file' as ByteString, () => fs.readSync(file, buffer, 0, buffer.length, null));
}

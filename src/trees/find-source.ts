/** What `find` printed as an open tree. */
import fs from 'node:fs';
import { fromText, HoldfastError } from '../base/index.ts';
import { type FindListing, isFindListing, readFindListing, type ReadListingOptions } from '../find-listing/index.ts';
import { guarded } from '../host/index.ts';
import type { OpenArchive } from '../image/index.ts';
import { type ScanProblem, UnseenPaths } from '../scan/index.ts';
import type { Inode } from '../tree/index.ts';
import type { FileDigests, OpenTree } from './open-tree.ts';

const chunkBytes = 1024 * 1024;
const startBytes = 64;

/**
 * Reads a listing to its end, and closes it.
 * @throws LISTING_INVALID, LIMIT_EXCEEDED, HOST_REFUSED, the reason of the signal
 */
export async function openFindTree(
  reference: string,
  archive: OpenArchive,
  options: ReadListingOptions,
): Promise<OpenTree> {
  using file = archive;
  return new FindSource(reference, await readFindListing(chunksOf(file), file.name, options));
}

/** Whether a file holds a listing. @throws HOST_REFUSED */
export function holdsListing(file: OpenArchive): boolean {
  const start = Buffer.alloc(startBytes);
  return isFindListing(start.subarray(0, readAt(file, start, 0)));
}

/** Until its end, whatever size it had before. */
function* chunksOf(file: OpenArchive): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let at = 0;
  for (let count = readAt(file, buffer, at); count > 0; count = readAt(file, buffer, at)) {
    yield buffer.subarray(0, count);
    at += count;
  }
}

function readAt({ fd, offset, name }: OpenArchive, buffer: Buffer, at: number): number {
  return guarded('read', fromText(name), () => fs.readSync(fd, buffer, 0, buffer.length, offset + at));
}

class FindSource implements OpenTree {
  readonly reference: string;
  readonly #listing: FindListing;
  readonly #unseen: UnseenPaths;

  constructor(reference: string, listing: FindListing) {
    this.reference = reference;
    this.#listing = listing;
    this.#unseen = new UnseenPaths(listing.problems);
  }

  get tree() {
    return this.#listing.tree;
  }

  get facts() {
    return this.#listing.facts;
  }

  get problems() {
    return this.#listing.problems;
  }

  get notes() {
    return this.#listing.notes;
  }

  isUnseen(path: Parameters<OpenTree['isUnseen']>[0]): boolean {
    return this.#unseen.has(path);
  }

  contentKey(): undefined {
    return undefined;
  }

  /** A file without a digest could not be read where it was listed, or has changed meanwhile. */
  async contentDigests(inodes: Iterable<Inode>): Promise<FileDigests> {
    const problems: ScanProblem[] = [];
    for (const inode of new Set(inodes)) {
      if (inode.kind !== 'file' || this.#listing.digestOf(inode) !== undefined) continue;
      const path = inode.table.name(inode.row);
      problems.push({ kind: 'unreadable', what: 'content', errno: 'ENODATA', path });
    }
    return { get: (inode) => this.#listing.digestOf(inode), problems };
  }

  async openBodies(): Promise<never> {
    throw new HoldfastError('FACTS_UNKNOWN', { reference: this.reference, facts: ['the content of files'] });
  }

  unreadable(): undefined {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

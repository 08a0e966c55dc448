/** The store over one layout directory. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { type Digest, digestAlgorithm, digestHex, HoldfastError, isHoldfastError } from '../base/index.ts';
import { type ExpectedBlob, verifyBlob } from '../codec/index.ts';
import { errnoOf } from '../host/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { type LayoutOptions, openLayout } from './create-layout.ts';
import { type Directory, isNotAFile, type OpenFile } from './directory.ts';
import { type IndexFile, indexVersion, readIndex, writeIndex } from './index-file.ts';
import { blobIsDirectory, Ingest } from './ingest.ts';
import { controlFileName, indexLock, type Layout, removalLock } from './layout.ts';
import type { BlobIngest, LayoutStore, StoredBlob } from './layout-store.ts';
import { Lease } from './lease.ts';
import { lock, lockNow, pause, tryLock } from './lock.ts';
import { withNamed } from './name-entries.ts';
import { recordUse, type UsedImage } from './use-records.ts';

/** Longest pause between two looks at a blob that another process writes, in milliseconds. */
const longestPause = 100;
/** See {@link StoreOptions.stallAfter}. */
const defaultStallAfter = 15_000;
/** How often index.json is read again that another tool seems to be writing, and the pause before, in milliseconds. */
const readAttempts = 10;
const readPause = 20;
/** More than the clock of any file system leaves between two times it can tell apart, in milliseconds. */
const settledAfter = 2500;

export interface StoreOptions extends LayoutOptions {
  /**
   * How long a blob that another process writes may stand still, in milliseconds, before it is written once more beside
   * that: two processes that wait for one another's blobs, or for one that was stopped, would wait for ever. 15 000
   * unless told otherwise.
   */
  readonly stallAfter?: number;
}

/**
 * Opens a layout to write to it. An absent or empty directory becomes one with `create`.
 * @throws STORE_INVALID for a directory that is no layout, STORE_BUSY, HOST_REFUSED
 */
export function openLayoutStore(directory: string, options: StoreOptions): LayoutStore {
  return new LayoutDirectory(openLayout(directory, options), options.stallAfter ?? defaultStallAfter);
}

/** The layout behind a store that {@link openLayoutStore} made. */
export function layoutOf(store: LayoutStore): Layout {
  if (store instanceof LayoutDirectory) return store.layout;
  throw new HoldfastError('BUG', { message: 'this store is none of openLayoutStore' });
}

class LayoutDirectory implements LayoutStore {
  readonly layout: Layout;
  readonly #lease: Lease;
  readonly #stallAfter: number;
  #known: IndexFile | undefined;

  constructor(layout: Layout, stallAfter: number) {
    this.layout = layout;
    this.#stallAfter = stallAfter;
    this.#lease = new Lease(layout);
  }

  get directory(): string {
    return this.layout.directory;
  }

  open(digest: Digest): StoredBlob | undefined {
    // What is not there needs no claim: whoever asks for random digests shall not fill the lease.
    if (!this.#isFile(digest)) return undefined;
    this.#claimIfPossible(digest);
    return this.#find(digest);
  }

  async ingest(descriptor: ExpectedBlob, signal?: AbortSignal): Promise<BlobIngest | undefined> {
    this.#lease.claim(descriptor.digest);
    const isStalled = stallClock(() => this.#progress(descriptor.digest), this.#stallAfter);
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      if (this.#has(descriptor)) return undefined;
      const name = controlFileName(descriptor.digest);
      const ingest = this.#tryIngest(descriptor, isStalled() ? `${name}.${randomBytes(8).toString('hex')}` : name);
      if (ingest === 'there') return undefined;
      if (ingest !== undefined) return ingest;
      await pause(Math.min(longestPause, 2 * attempt), signal);
    }
  }

  async put(descriptor: ExpectedBlob, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    verifyBlob(bytes, descriptor, `the blob ${descriptor.digest}`);
    using ingest = await this.ingest(descriptor, signal);
    if (ingest === undefined) return;
    if (ingest.received > 0) ingest.restart();
    ingest.write(bytes);
    await ingest.commitVerified();
  }

  remove(digest: Digest): boolean {
    const blobs = this.layout.blobs(digestAlgorithm(digest));
    if (blobs === undefined) return false;
    using _lock = lockNow(this.layout.control(), removalLock);
    const isRemoved = blobs.unlink(digestHex(digest));
    if (isRemoved) blobs.sync();
    return isRemoved;
  }

  manifests(): readonly Descriptor[] {
    const { root } = this.layout;
    if (this.#known === undefined || this.#known.version !== indexVersion(root)) {
      const index = readIndex(root);
      this.#known = isSettled(index) ? index : undefined;
      return index.manifests;
    }
    return this.#known.manifests;
  }

  async update(
    change: (manifests: readonly Descriptor[]) => readonly Descriptor[],
    signal?: AbortSignal,
  ): Promise<void> {
    const { root } = this.layout;
    const control = this.layout.control();
    for (;;) {
      using _lock = await lock(control, indexLock, signal);
      const before = await readSettledIndex(root, signal);
      const after = change(before.manifests);
      if (isSame(before.manifests, after)) return;
      this.#requirePresent(after, before);
      if (writeIndex(root, control, before, after)) return;
    }
  }

  async tag(name: string | undefined, descriptor: Descriptor, signal?: AbortSignal): Promise<void> {
    await this.update((entries) => withNamed(entries, name, descriptor), signal);
    // Elsewhere than in a store that records uses, nobody asks.
    if (this.layout.part('used') !== undefined) this.markUsed(descriptor);
  }

  markUsed(image: UsedImage, name?: string): void {
    try {
      recordUse(this.layout, image, name);
    } catch (error) {
      if (!isHoldfastError(error, 'HOST_REFUSED')) throw error;
    }
  }

  [Symbol.dispose](): void {
    this.#lease[Symbol.dispose]();
    this.layout[Symbol.dispose]();
  }

  /** A layout that can only be read is not one from which somebody like us removes anything. */
  #claimIfPossible(digest: Digest): void {
    try {
      this.#lease.claim(digest);
    } catch (error) {
      if (!['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'].includes(errnoOf(error) ?? '')) throw error;
    }
  }

  #find(digest: Digest): OpenFile | undefined {
    const found = this.layout.blobs(digestAlgorithm(digest))?.find(digestHex(digest));
    return isNotAFile(found) ? undefined : found;
  }

  #isFile(digest: Digest): boolean {
    return this.layout.blobs(digestAlgorithm(digest))?.look(digestHex(digest))?.isFile() ?? false;
  }

  /** @throws STORE_INVALID when nothing can ever get this name */
  #has({ digest, size }: ExpectedBlob): boolean {
    const blobs = this.layout.blobs(digestAlgorithm(digest));
    const facts = blobs?.look(digestHex(digest));
    if (blobs !== undefined && facts?.isDirectory()) throw blobIsDirectory(blobs, digestHex(digest));
    return facts !== undefined && facts.isFile() && facts.size === BigInt(size);
  }

  /** Undefined while another has the lock. It may have come to its end between a look and the lock. */
  #tryIngest(expected: ExpectedBlob, name: string): BlobIngest | 'there' | undefined {
    const directory = this.layout.makePart('ingest');
    using stack = new DisposableStack();
    const file = tryLock(directory, name);
    if (file === undefined) return undefined;
    stack.use(file);
    if (this.#has(expected)) {
      directory.unlink(name);
      return 'there';
    }
    if (isShared(directory, name, file)) return undefined;
    const isResumable = name === controlFileName(expected.digest);
    const ingest = new Ingest(this.layout, expected, { directory, name, file, isResumable });
    stack.move();
    return ingest;
  }

  /** Differs whenever whoever is at a blob has come further. */
  #progress(digest: Digest): string {
    const facts = this.layout.part('ingest')?.look(controlFileName(digest));
    return `${facts?.ino} ${facts?.size} ${facts?.mtimeNs}`;
  }

  #requirePresent(manifests: readonly Descriptor[], before: IndexFile): void {
    const known = new Set(before.manifests.map((entry) => entry.digest));
    for (const { digest, size } of manifests) {
      if (known.has(digest)) continue;
      this.#lease.claim(digest);
      if (this.#has({ digest, size })) continue;
      throw new HoldfastError('BLOB_MISSING', { digest, where: `it is not in ${this.directory}` });
    }
  }
}

/** A file that was written a moment ago can be written again, in place, and look the same. */
function isSettled({ written }: IndexFile): boolean {
  return Date.now() - written > settledAfter;
}

/** Tells whether what is measured has been the same for that long. */
function stallClock(measure: () => unknown, milliseconds: number): () => boolean {
  let last: unknown;
  let since = Infinity;
  return () => {
    const now = performance.now();
    const size = measure();
    if (since === Infinity || size !== last) [last, since] = [size, now];
    return now - since >= milliseconds;
  };
}

/** Nothing is written to a file that has other names: they may be outside. */
function isShared(partials: Directory, name: string, { fd }: OpenFile): boolean {
  const isAlone = fs.fstatSync(fd).nlink === 1;
  if (!isAlone) partials.unlink(name);
  return !isAlone;
}

/** Other tools write index.json in place: for moments it is empty or cut short. */
async function readSettledIndex(root: Directory, signal: AbortSignal | undefined): Promise<IndexFile> {
  for (let attempt = 1; ; attempt++) {
    try {
      return readIndex(root);
    } catch (error) {
      if (attempt === readAttempts || !isHoldfastError(error, 'DOCUMENT_INVALID')) throw error;
      await pause(readPause, signal);
    }
  }
}

function isSame(before: readonly Descriptor[], after: readonly Descriptor[]): boolean {
  return before.length === after.length && before.every((entry, at) => entry === after[at]);
}

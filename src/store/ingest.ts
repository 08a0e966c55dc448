/** A blob that is arriving. */
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { type ByteString, digestAlgorithm, digestHex, HoldfastError } from '../base/index.ts';
import type { ExpectedBlob } from '../codec/index.ts';
import { asRefused, errnoOf, host, isSameMount } from '../host/index.ts';
import type { Directory, OpenFile } from './directory.ts';
import { hashFile } from './hash-file.ts';
import type { Layout } from './layout.ts';
import type { AdoptOptions, BlobIngest } from './layout-store.ts';

const fsync = promisify(fs.fsync);

/** How often the time of the file shows those who wait that something goes on, in milliseconds. */
const heartbeat = 1000;

/** The file that becomes the blob. */
export interface PartialFile {
  readonly directory: Directory;
  readonly name: string;
  /** Locked. */
  readonly file: OpenFile;
  /** Whether another process may go on with it. */
  readonly isResumable: boolean;
}

/** Writes the file of which it has the lock. */
export class Ingest implements BlobIngest {
  readonly #layout: Layout;
  readonly #expected: ExpectedBlob;
  readonly #file: OpenFile;
  readonly #directory: Directory;
  readonly #name: string;
  readonly #isResumable: boolean;
  #received: number;
  #isBusy = false;
  /** Whether it can still be written to; afterwards the file can only be read. */
  #isOpen = true;
  #isDisposed = false;

  constructor(layout: Layout, expected: ExpectedBlob, partial: PartialFile) {
    this.#layout = layout;
    this.#expected = expected;
    this.#directory = partial.directory;
    this.#name = partial.name;
    this.#file = partial.file;
    this.#isResumable = partial.isResumable;
    this.#received = fs.fstatSync(partial.file.fd).size;
    if (this.#received > expected.size) this.restart();
  }

  get fd(): number {
    return this.#file.fd;
  }

  get received(): number {
    return this.#received;
  }

  write(bytes: Uint8Array): void {
    this.#requireOpen();
    const { size } = this.#expected;
    const end = this.#received + bytes.length;
    if (end > size) throw this.#wrongSize(end);
    let written = 0;
    while (written < bytes.length) {
      const count = this.#guarded('write', () =>
        fs.writeSync(this.fd, bytes, written, bytes.length - written, this.#received),
      );
      written += count;
      this.#received += count;
    }
  }

  restart(): void {
    this.#requireOpen();
    this.#guarded('truncate', () => fs.ftruncateSync(this.fd, 0));
    this.#received = 0;
  }

  async commit(signal?: AbortSignal): Promise<void> {
    this.#requireOpen();
    signal?.throwIfAborted();
    this.#requireSize();
    await this.#busy(async () => {
      await this.#verify(this.fd, { signal });
      await this.#makeDurable(this.fd);
    });
    this.#requireOpen();
    this.#publish();
  }

  async commitVerified(): Promise<void> {
    this.#requireOpen();
    this.#requireSize();
    await this.#busy(() => this.#makeDurable(this.fd));
    this.#requireOpen();
    this.#publish();
  }

  async adopt(file: number, options: AdoptOptions = {}): Promise<'cloned' | 'linked' | undefined> {
    this.#requireOpen();
    options.signal?.throwIfAborted();
    const facts = this.#guarded('stat', () => fs.fstatSync(file));
    if (!facts.isFile() || facts.size !== this.#expected.size) return undefined;
    if (this.#guarded('clone', () => host.cloneFile(file, this.fd))) {
      this.#received = facts.size;
      await this.#busy(async () => {
        await this.#verify(this.fd, options);
        await this.#makeDurable(this.fd);
      });
      this.#requireOpen();
      this.#publish();
      return 'cloned';
    }
    return options.isImmutable && (await this.#link(file, facts, options)) ? 'linked' : undefined;
  }

  discard(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#directory.unlink(this.#name);
  }

  [Symbol.dispose](): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    if (this.#isOpen && !(this.#isResumable && this.#received > 0)) this.#removeQuietly();
    this.#isOpen = false;
    if (!this.#isBusy) this.#file[Symbol.dispose]();
  }

  /** The file may be disposed of meanwhile, and is closed only when nothing is under way with it. */
  async #busy(work: () => Promise<void>): Promise<void> {
    this.#isBusy = true;
    try {
      await work();
    } finally {
      this.#isBusy = false;
      if (this.#isDisposed) this.#file[Symbol.dispose]();
    }
  }

  /** The name is only given once the file is known to be right, so that whatever happens before leaves no trace. */
  async #link(file: number, facts: fs.Stats, options: AdoptOptions): Promise<boolean> {
    const { digest } = this.#expected;
    const blobs = this.#layout.makeBlobs(digestAlgorithm(digest));
    const own = this.#guarded('stat', () => fs.fstatSync(this.fd));
    if (!isAlike(facts, own) || !isSameMount(file, blobs.fd)) return false;
    await this.#busy(async () => {
      await this.#verify(file, options);
      await this.#makeDurable(file);
    });
    this.#requireOpen();
    if (!host.linkOpen(file, blobs.fd, digestHex(digest) as ByteString)) return false;
    blobs.sync();
    this.discard();
    return true;
  }

  async #verify(file: number, { signal, onProgress }: AdoptOptions): Promise<void> {
    const { digest } = this.#expected;
    let shown = performance.now();
    const hashed = await hashFile(file, digestAlgorithm(digest), this.#path(), (bytes) => {
      signal?.throwIfAborted();
      this.#requireOpen();
      onProgress?.(bytes);
      if (performance.now() - shown < heartbeat) return;
      shown = performance.now();
      this.#guarded('utimes', () => fs.futimesSync(this.fd, new Date(), new Date()));
    });
    if (hashed.digest === digest) return;
    this.discard();
    const what = `the blob written to ${this.#layout.directory}`;
    throw new HoldfastError('DIGEST_MISMATCH', { expected: digest, actual: hashed.digest, what });
  }

  async #makeDurable(file: number): Promise<void> {
    try {
      await fsync(file);
    } catch (error) {
      throw this.#notDurable(error);
    }
  }

  /** What could not be written back is forgotten by the kernel: the file reads right, and may be wrong after a crash. */
  #notDurable(error: unknown): unknown {
    this.discard();
    return asRefused('fsync', this.#path(), error);
  }

  #publish(): void {
    const { digest, size } = this.#expected;
    const blobs = this.#layout.makeBlobs(digestAlgorithm(digest));
    const name = digestHex(digest);
    const there = blobs.look(name);
    if (there?.isFile() && there.size === BigInt(size)) return this.discard();
    try {
      blobs.rename(this.#directory, this.#name, name);
    } catch (error) {
      throw errnoOf(error) === 'EISDIR' ? blobIsDirectory(blobs, name) : error;
    }
    this.#isOpen = false;
    blobs.sync();
  }

  #requireSize(): void {
    const { size } = this.#guarded('stat', () => fs.fstatSync(this.fd));
    if (size === this.#expected.size) return;
    this.discard();
    throw this.#wrongSize(size);
  }

  #wrongSize(actual: number): HoldfastError {
    const what = `the blob ${this.#expected.digest}`;
    return new HoldfastError('SIZE_MISMATCH', { expected: this.#expected.size, actual, what });
  }

  #requireOpen(): void {
    if (!this.#isOpen) throw new HoldfastError('BUG', { message: 'a blob was written to after it was closed' });
  }

  #removeQuietly(): void {
    try {
      this.#directory.unlink(this.#name);
    } catch {
      // Whoever wants the blob takes it over, and in the end it is old.
    }
  }

  #guarded<Result>(operation: string, call: () => Result): Result {
    try {
      return call();
    } catch (error) {
      throw asRefused(operation, this.#path(), error);
    }
  }

  #path(): string {
    return path.join(this.#directory.path, this.#name);
  }
}

/** Whether whoever may write to the one, or read it, may do so with the other, and it has a name to begin with. */
function isAlike(file: fs.Stats, own: fs.Stats): boolean {
  return file.nlink > 0 && file.mode === own.mode && file.uid === own.uid && file.gid === own.gid;
}

export function blobIsDirectory(blobs: Directory, name: string): HoldfastError {
  return new HoldfastError('STORE_INVALID', { directory: blobs.path, reason: `${name} is a directory` });
}

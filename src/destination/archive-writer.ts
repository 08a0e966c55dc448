/** A tar archive of an image, written from front to back: the same members in the same order give the same bytes. */
import { type BlobContent, fromText, HoldfastError } from '../base/index.ts';
import { encodeTarEntry, endOfArchive, tarPadding } from '../tar/index.ts';
import type { ArchiveOutput } from './archive-output.ts';

const padding = new Uint8Array(512);

/** Members with root's attributes and no time. After a failure it is good for nothing but to be disposed. */
export class ArchiveWriter implements AsyncDisposable {
  readonly #output: ArchiveOutput;
  readonly #names = new Set<string>();
  #last: Promise<unknown> = Promise.resolve();
  #failure: { readonly error: unknown } | undefined;

  constructor(output: ArchiveOutput) {
    this.#output = output;
  }

  has(path: string): boolean {
    return this.#names.has(path);
  }

  /**
   * Has the archive for itself until the work is done; works follow each other in the order of the calls.
   * @throws what the work throws, and every later call throws the same
   */
  inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.#last.then(async () => {
      if (this.#failure) throw this.#failure.error;
      try {
        return await work();
      } catch (error) {
        this.#failure ??= { error };
        throw error;
      }
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Within a turn. Nothing when it is there already. */
  async addBytes(path: string, bytes: Uint8Array): Promise<void> {
    await this.addContent(path, { size: bytes.length, open: () => oneChunk(bytes) });
  }

  /** Within a turn. Nothing when it is there already. @throws BUG when the content has not the size it claims */
  async addContent(path: string, content: BlobContent): Promise<void> {
    if (this.#names.has(path)) return;
    await this.#addParents(path);
    this.#names.add(path);
    await this.#output.write(header(path, 'file', content.size));
    let written = 0;
    for await (const chunk of content.open(0)) {
      this.#throwIfEnded();
      written += chunk.length;
      await this.#output.write(chunk);
    }
    if (written !== content.size) throw new HoldfastError('BUG', { message: `${path} has ${written} bytes` });
    await this.#output.write(padding.subarray(0, tarPadding(written)));
  }

  /** Within a turn, the last one: ends the archive, and it appears. */
  async publish(): Promise<void> {
    await this.#output.write(endOfArchive);
    await this.#output.publish();
    this.#failure = { error: new HoldfastError('BUG', { message: 'the archive is complete already' }) };
  }

  /** Ends the work that is under way, and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#failure ??= { error: new HoldfastError('BUG', { message: 'the archive was given up' }) };
    await this.#last;
    await this.#output[Symbol.asyncDispose]();
  }

  #throwIfEnded(): void {
    if (this.#failure) throw this.#failure.error;
  }

  async #addParents(path: string): Promise<void> {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      const directory = path.slice(0, end + 1);
      if (this.#names.has(directory)) continue;
      this.#names.add(directory);
      await this.#output.write(header(directory, 'directory', 0));
    }
  }
}

function header(path: string, kind: 'file' | 'directory', size: number): Uint8Array {
  return encodeTarEntry({
    name: fromText(path),
    kind,
    linkName: fromText(''),
    mode: kind === 'file' ? 0o644 : 0o755,
    uid: 0,
    gid: 0,
    mtime: { seconds: 0, nanoseconds: 0 },
    size,
    xattrs: undefined,
    deviceMajor: 0,
    deviceMinor: 0,
    sparse: undefined,
  });
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}

/** Reads one layer blob to its last byte: verifies both digests, builds the index, feeds a consumer. */
import fs from 'node:fs';
import {
  type DiffId,
  type Digest,
  digestAlgorithm,
  HoldfastError,
  type Limits,
  limitFlags,
  type Note,
  NoteList,
  parseDiffId,
  ratioFromBytes,
} from '../base/index.ts';
import { compressionOfMediaType, createHasher, decompress, detectCompression, type Hasher } from '../codec/index.ts';
import { asRefused } from '../host/index.ts';
import { Arrival } from '../pool/index.ts';
import { TarReader } from '../tar/index.ts';
import { EntryTableBuilder } from '../tree/index.ts';
import type { LayerConsumer } from './layer-consumer.ts';
import { addEntry } from './layer-entry.ts';
import type { LayerIndex } from './layer-index.ts';
import { type ScanControl, ScanCancelled } from './scan-control.ts';

/** A layer blob on an open file. Plain data: it goes to worker threads, which share file descriptors. */
export interface LayerSource {
  /** From 1, bottom first. */
  readonly number: number;
  readonly file: number;
  readonly offset: number;
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  /** Where nobody has said what it is, it is found out, by SHA-256. */
  readonly diffId: DiffId | undefined;
  /** How far the file has got, where it is still being written; see `Arrival`. */
  readonly arrival?: SharedArrayBuffer;
}

const readBytes = 1024 * 1024;
/** Of a blob that is on its way, pieces smaller than this are waited for. */
const arrivalBytes = 256 * 1024;
/** A decoder holds one chunk and is handed the next; a third is never needed before the first is done with. */
const readBuffers = 3;

/**
 * @throws DIGEST_MISMATCH, SIZE_MISMATCH, DIFFID_MISMATCH, CODEC_CORRUPT, LIMIT_EXCEEDED, every code of the tar reader
 * and of layer names, HOST_REFUSED; ScanCancelled when the control says so
 */
export async function scanLayer(
  source: LayerSource,
  limits: Limits,
  control: ScanControl,
  consumer: LayerConsumer,
): Promise<LayerIndex> {
  try {
    const index = await new LayerScan(source, limits, control, consumer).run();
    consumer.finish();
    return index;
  } catch (error) {
    consumer.abort();
    const layer = { number: source.number, digest: source.digest };
    throw error instanceof HoldfastError ? error.inLayer(layer) : error;
  }
}

class LayerScan {
  readonly #source: LayerSource;
  readonly #limits: Limits;
  readonly #control: ScanControl;
  readonly #consumer: LayerConsumer;
  readonly #builder = new EntryTableBuilder();
  readonly #notes = new NoteList();
  readonly #reader: TarReader;
  readonly #storedHash: Hasher;
  readonly #buffers: Buffer[] = [];
  readonly #arrival: Arrival | undefined;
  #storedBytes = 0;
  #bytes = 0;
  #countedEntries = 0;
  #countedMetadata = 0;

  constructor(source: LayerSource, limits: Limits, control: ScanControl, consumer: LayerConsumer) {
    this.#source = source;
    this.#limits = limits;
    this.#control = control;
    this.#consumer = consumer;
    this.#reader = new TarReader(limits);
    this.#storedHash = createHasher(digestAlgorithm(source.digest));
    this.#arrival = source.arrival && new Arrival(source.arrival);
  }

  async run(): Promise<LayerIndex> {
    const source = this.#source;
    const compression = detectCompression(await this.#peek());
    this.#noteContradiction(compression);
    const algorithm = source.diffId === undefined ? 'sha256' : digestAlgorithm(source.diffId);
    const isPlain = compression === 'none' && digestAlgorithm(source.digest) === algorithm;
    const streamHash = isPlain ? undefined : createHasher(algorithm);
    try {
      for await (const chunk of decompress(this.#readBlob(), compression)) this.#take(chunk, streamHash);
      this.#reader.finish();
      this.#drainEvents();
    } catch (error) {
      throw await this.#blameDigest(error);
    }
    const digest = this.#checkDigest();
    const diffId = streamHash?.diffId() ?? parseDiffId(digest);
    if (source.diffId !== undefined && diffId !== source.diffId) {
      throw new HoldfastError('DIFFID_MISMATCH', { expected: source.diffId, actual: diffId });
    }
    this.#notes.addAll(this.#reader.notes);
    return {
      digest: source.digest,
      storedSize: this.#storedBytes,
      diffId,
      size: this.#bytes,
      table: this.#builder.finish(),
      notes: this.#notes.notes,
      limits: this.#limits,
    };
  }

  #take(chunk: Uint8Array, streamHash: Hasher | undefined): void {
    this.#checkCancelled();
    this.#bytes += chunk.length;
    this.#control.addBytes(chunk.length);
    this.#checkRatio();
    streamHash?.update(chunk);
    this.#consumer.stream?.(chunk);
    this.#reader.push(chunk);
    this.#drainEvents();
  }

  #drainEvents(): void {
    for (let event = this.#reader.next(); event !== undefined; event = this.#reader.next()) {
      if (event.kind === 'data') this.#consumer.data?.(event.position, event.bytes);
      else if (event.kind === 'entry') addEntry(event.entry, this.#builder, this.#limits, this.#entrySink);
      else break;
    }
    const { length, metadataBytes } = this.#builder;
    if (length === this.#countedEntries) return;
    this.#control.addEntries(length - this.#countedEntries);
    this.#control.addMetadata(metadataBytes - this.#countedMetadata);
    this.#countedEntries = length;
    this.#countedMetadata = metadataBytes;
  }

  readonly #entrySink = {
    note: (note: Note): void => this.#notes.add(note),
    entry: (row: number, entry: Parameters<NonNullable<LayerConsumer['entry']>>[1]): void =>
      this.#consumer.entry?.(row, entry),
  };

  /** Reads the whole blob and hashes it on the way; it is hashed to its end even when its content is refused. */
  async *#readBlob(): AsyncGenerator<Uint8Array> {
    for (let chunk = await this.#readChunk(); chunk !== undefined; chunk = await this.#readChunk()) yield chunk;
  }

  async #readChunk(): Promise<Buffer | undefined> {
    this.#checkCancelled();
    const total = this.#source.size - this.#storedBytes;
    if (total <= 0) return undefined;
    const left = Math.min(total, await this.#waitForBytes(Math.min(total, arrivalBytes)));
    if (left <= 0) return undefined;
    const buffer = this.#nextBuffer().subarray(0, left);
    const count = this.#read(buffer, this.#source.offset + this.#storedBytes);
    if (count === 0) return undefined;
    const chunk = buffer.subarray(0, count);
    this.#storedHash.update(chunk);
    this.#storedBytes += count;
    this.#control.reportBytesRead(this.#source.number, this.#storedBytes);
    return chunk;
  }

  /** How many bytes can be read now; waits for the wanted number where the blob is still on its way. */
  async #waitForBytes(wanted: number): Promise<number> {
    if (this.#arrival === undefined) return Infinity;
    const there = await this.#arrival.waitFor(this.#storedBytes + wanted, () => this.#checkCancelled());
    return there - this.#storedBytes;
  }

  #checkCancelled(): void {
    if (this.#control.isCancelled) throw new ScanCancelled();
  }

  /** Buffers are used in turn: a fresh one for each chunk would keep the garbage collector busy. */
  #nextBuffer(): Buffer {
    const buffer =
      this.#buffers.length < readBuffers
        ? Buffer.allocUnsafeSlow(Math.min(readBytes, Math.max(this.#source.size, 1)))
        : (this.#buffers.shift() ?? Buffer.alloc(0));
    this.#buffers.push(buffer);
    return buffer;
  }

  #read(buffer: Buffer, position: number): number {
    try {
      return fs.readSync(this.#source.file, buffer, 0, buffer.length, position);
    } catch (error) {
      throw asRefused('read', this.#source.digest, error);
    }
  }

  async #peek(): Promise<Uint8Array> {
    const buffer = Buffer.alloc(Math.min(16, this.#source.size));
    await this.#waitForBytes(buffer.length);
    return buffer.subarray(0, this.#read(buffer, this.#source.offset));
  }

  #checkDigest(): Digest {
    const { size, digest } = this.#source;
    if (this.#storedBytes !== size) {
      throw new HoldfastError('SIZE_MISMATCH', { what: 'the layer', expected: size, actual: this.#storedBytes });
    }
    const actual = this.#storedHash.digest();
    if (actual !== digest) throw new HoldfastError('DIGEST_MISMATCH', { what: 'the layer', expected: digest, actual });
    return actual;
  }

  /** Content that cannot be read is, more often than not, damaged: then the digest is the clearer complaint. */
  async #blameDigest(error: unknown): Promise<unknown> {
    if (!(error instanceof HoldfastError) || error.code === 'LIMIT_EXCEEDED' || error.exit !== 'image') return error;
    try {
      while ((await this.#readChunk()) !== undefined);
      this.#checkDigest();
      return error;
    } catch (mismatch) {
      return mismatch instanceof HoldfastError
        ? new HoldfastError(mismatch.code, mismatch.data, { cause: error })
        : mismatch;
    }
  }

  #checkRatio(): void {
    if (this.#bytes < ratioFromBytes || this.#bytes <= this.#storedBytes * this.#limits.maxRatio) return;
    throw new HoldfastError('LIMIT_EXCEEDED', {
      limit: 'uncompressed bytes per stored byte',
      flag: limitFlags.maxRatio,
      value: String(this.#limits.maxRatio),
    });
  }

  #noteContradiction(compression: string): void {
    const expected = compressionOfMediaType(this.#source.mediaType);
    if (expected === undefined || expected === compression || this.#source.size === 0) return;
    this.#notes.add({ code: 'MEDIA_TYPE_CONTRADICTED', detail: `${expected} expected, ${compression} found` });
  }
}

/** The digests of all files of a layer, made while it is read and kept in the cache. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { type Digest, digestAlgorithm, digestHex, parseDigest } from '../base/index.ts';
import type { EntryTable, TableEntry } from '../tree/index.ts';
import { cacheDirectory, readCacheFile, writeCacheFile } from './cache-directory.ts';
import { type ColumnFormat, decodeColumns, encodeColumns } from './column-file.ts';
import type { LayerConsumer } from './layer-consumer.ts';
import type { LayerIndex } from './layer-index.ts';

const algorithm = 'sha256';
const digestBytes = 32;
/** Stands for the digest of a file that was left out. */
const leftOut = new Uint8Array(digestBytes);
const zeros = Buffer.alloc(64 * 1024);

/** Hashing a hole takes time that nobody can interrupt: files with more holes than this, in all of a layer, are left out. */
const maxHoleBytes = 1024 ** 3;

/** Hashes the body of every file that has bytes, holes read as zeros. */
export class BodyHasher implements LayerConsumer {
  readonly #digests: Uint8Array[] = [];
  #open: OpenBody | undefined;
  #holes = 0;

  entry(_row: number, entry: TableEntry | undefined): void {
    this.#complete();
    if (entry?.kind !== 'file' || entry.size === 0) return;
    const holes = entry.sparse?.reduce((rest, run) => rest - run.size, entry.size) ?? 0;
    if (this.#holes + holes > maxHoleBytes) return void this.#digests.push(leftOut);
    this.#holes += holes;
    this.#open = new OpenBody(entry.size);
  }

  data(position: number, bytes: Uint8Array): void {
    this.#open?.add(position, bytes);
  }

  finish(): void {
    this.#complete();
  }

  abort(): void {
    this.#open = undefined;
  }

  /** One digest after the other, in the order of the rows. */
  get bytes(): Uint8Array {
    return Buffer.concat(this.#digests);
  }

  #complete(): void {
    if (this.#open) this.#digests.push(this.#open.digest());
    this.#open = undefined;
  }
}

/** A file that is being hashed. */
class OpenBody {
  readonly #hash = createHash(algorithm);
  readonly #size: number;
  #position = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(position: number, bytes: Uint8Array): void {
    this.#fill(position);
    this.#hash.update(bytes);
    this.#position += bytes.length;
  }

  digest(): Uint8Array {
    this.#fill(this.#size);
    return this.#hash.digest();
  }

  #fill(to: number): void {
    while (this.#position < to) {
      const part = zeros.subarray(0, Math.min(zeros.length, to - this.#position));
      this.#hash.update(part);
      this.#position += part.length;
    }
  }
}

/** What the files of a layer hold, by row. */
export class BodyDigests {
  readonly #bytes: Uint8Array;
  readonly #places: ReadonlyMap<number, number>;

  /** @param bytes as {@link BodyHasher} gives them for this table */
  constructor(table: EntryTable, bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#places = places(table);
  }

  /** Whether a row has a digest: not what is no file, is empty, or has huge holes. */
  has(row: number): boolean {
    return this.#bytesOf(row) !== undefined;
  }

  get(row: number): Digest | undefined {
    const bytes = this.#bytesOf(row);
    return bytes && parseDigest(`${algorithm}:${Buffer.from(bytes).toString('hex')}`);
  }

  #bytesOf(row: number): Uint8Array | undefined {
    const place = this.#places.get(row);
    if (place === undefined) return undefined;
    const bytes = this.#bytes.subarray(place * digestBytes, (place + 1) * digestBytes);
    return Buffer.compare(bytes, leftOut) === 0 ? undefined : bytes;
  }
}

function places(table: EntryTable): Map<number, number> {
  const found = new Map<number, number>();
  for (let row = 0; row < table.length; row++) {
    if (table.kind(row) === 'file' && table.size(row) > 0) found.set(row, found.size);
  }
  return found;
}

interface Columns {
  readonly bytes: Uint8Array;
}

const format: ColumnFormat<Columns> = { magic: 'holdfast digests 1\n', layout: [['bytes', Uint8Array]] };

/** What identifies the rows that digests are of. */
interface Head {
  readonly diffId: string;
  readonly length: number;
}

/** The digests of a layer that was read for them before; undefined where there are none that can be believed. */
export function loadDigests({ diffId, table }: Pick<LayerIndex, 'diffId' | 'table'>): BodyDigests | undefined {
  try {
    const decoded = decodeColumns(format, readCacheFile(fileOf(diffId)));
    const head = decoded?.head as Head | undefined;
    if (decoded === undefined || head?.diffId !== diffId || head.length !== table.length) return undefined;
    const { bytes } = decoded.columns;
    return bytes.length === places(table).size * digestBytes ? new BodyDigests(table, bytes) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps digests, where that is possible. */
export function saveDigests({ diffId, table }: Pick<LayerIndex, 'diffId' | 'table'>, bytes: Uint8Array): void {
  const head: Head = { diffId, length: table.length };
  writeCacheFile(fileOf(diffId), () => encodeColumns(format, head, { bytes }));
}

function fileOf(diffId: LayerIndex['diffId']): string {
  const [kind, hex] = [digestAlgorithm(diffId), digestHex(diffId)];
  return path.join(cacheDirectory(), `digests-${kind}-${hex}`);
}

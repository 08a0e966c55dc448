import { HoldfastError, limitFlags, type Limits, maxMetadataBytes } from '../base/index.ts';

/** Numbers that all threads of one operation share. */
const slots = { cancelled: 0, entries: 1, bytes: 2, metadata: 3, firstLayer: 4 } as const;

/** Shared state of the scans of one image: progress, totals against the limits, cancellation. */
export class ScanControl {
  readonly buffer: SharedArrayBuffer;
  readonly #cells: BigInt64Array;
  readonly #limits: Limits;

  constructor(limits: Limits, source: SharedArrayBuffer | { readonly layers: number }) {
    this.buffer = 'layers' in source ? new SharedArrayBuffer(8 * (slots.firstLayer + source.layers)) : source;
    this.#cells = new BigInt64Array(this.buffer);
    this.#limits = limits;
  }

  cancel(): void {
    Atomics.store(this.#cells, slots.cancelled, 1n);
  }

  get isCancelled(): boolean {
    return Atomics.load(this.#cells, slots.cancelled) !== 0n;
  }

  /** Stored bytes read of a layer so far; `layer` counts from 1. */
  reportBytesRead(layer: number, bytes: number): void {
    Atomics.store(this.#cells, slots.firstLayer + layer - 1, BigInt(bytes));
  }

  bytesRead(layer: number): number {
    return Number(Atomics.load(this.#cells, slots.firstLayer + layer - 1));
  }

  /** @throws LIMIT_EXCEEDED when all layers together have too many entries. */
  addEntries(count: number): void {
    const total = Atomics.add(this.#cells, slots.entries, BigInt(count)) + BigInt(count);
    if (total > this.#limits.maxEntries) this.#exceeded('entries', 'maxEntries');
  }

  /** @throws LIMIT_EXCEEDED when all layers together have too many uncompressed bytes. */
  addBytes(count: number): void {
    const total = Atomics.add(this.#cells, slots.bytes, BigInt(count)) + BigInt(count);
    if (total > this.#limits.maxSizeBytes) this.#exceeded('bytes in the image', 'maxSizeBytes');
  }

  /** @throws LIMIT_EXCEEDED when all layers together have too many bytes of names, link texts, xattrs and sparse maps. */
  addMetadata(bytes: number): void {
    const total = Atomics.add(this.#cells, slots.metadata, BigInt(bytes)) + BigInt(bytes);
    if (total > maxMetadataBytes) throw metadataTooLarge();
  }

  #exceeded(limit: string, name: 'maxEntries' | 'maxSizeBytes'): never {
    throw new HoldfastError('LIMIT_EXCEEDED', { limit, flag: limitFlags[name], value: String(this.#limits[name]) });
  }
}

/** For whoever counts the metadata of several layers together. */
export function metadataTooLarge(): HoldfastError {
  const limit = 'bytes of names, link texts, xattrs and sparse maps';
  return new HoldfastError('LIMIT_EXCEEDED', { limit, flag: '', value: String(maxMetadataBytes) });
}

/** Thrown inside a scan that was asked to stop; never leaves the operation, which reports the reason for the stop. */
export class ScanCancelled extends Error {
  override readonly name = 'ScanCancelled';
}

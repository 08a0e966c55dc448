/** A blob of a registry on its way into the local store, readable while it arrives. */
import type { BlobEvent } from '../base/index.ts';
import { isHoldfastError } from '../base/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { Arrival, type Delivery } from '../pool/index.ts';
import type { BlobIngest } from '../store/index.ts';
import type { OpenedFile } from './files.ts';

export interface ArrivingOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: BlobEvent) => void) | undefined;
}

/** Gives the bytes of the blob from a position on. */
export type Fetch = (position: number, signal: AbortSignal) => AsyncIterable<Uint8Array>;

/**
 * Begins to fetch what is missing. The blob gets its name in the store when its reader has found the digest right;
 * disposing of it before stops the transfer and keeps what has arrived for another time.
 */
export function arrivingBlob(
  ingest: BlobIngest,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  fetch: Fetch,
  options: ArrivingOptions,
): OpenedFile {
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const arrival = new Arrival();
  arrival.advanceTo(ingest.received);
  const arrived = receive(ingest, size, arrival, { fetch, signal, onEvent: options.onEvent, digest });
  // Whoever reads the blob learns of a failure from the arrival first.
  arrived.catch(() => undefined);
  const delivery = new Settlement(ingest, arrival, arrived);
  return {
    fd: ingest.fd,
    offset: 0,
    size,
    delivery,
    [Symbol.dispose]: () => {
      stop.abort();
      ingest[Symbol.dispose]();
    },
  };
}

interface Transfer extends ArrivingOptions {
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
  readonly digest: string;
}

async function receive(ingest: BlobIngest, size: number, arrival: Arrival, transfer: Transfer): Promise<void> {
  const { fetch, signal, digest, onEvent } = transfer;
  try {
    if (ingest.received < size) {
      for await (const chunk of fetch(ingest.received, signal)) {
        signal.throwIfAborted();
        ingest.write(chunk);
        arrival.advanceTo(ingest.received);
        onEvent?.({ kind: 'blob-progress', direction: 'download', digest, bytes: ingest.received, totalBytes: size });
      }
    }
    arrival.complete();
    onEvent?.({ kind: 'blob-done', digest, bytes: size, outcome: 'downloaded' });
  } catch (error) {
    arrival.fail();
    throw error;
  }
}

class Settlement implements Delivery {
  readonly arrival: Arrival;
  readonly arrived: Promise<void>;
  readonly #ingest: BlobIngest;
  #settled: Promise<void> | undefined;

  constructor(ingest: BlobIngest, arrival: Arrival, arrived: Promise<void>) {
    this.#ingest = ingest;
    this.arrival = arrival;
    this.arrived = arrived;
  }

  /** A blob that an image has twice is read twice, and settled by whoever is first. */
  async settle(failure?: unknown): Promise<void> {
    if (failure !== undefined) return this.#giveUp(failure);
    this.#settled ??= this.#ingest.commitVerified();
    await this.#settled;
  }

  #giveUp(failure: unknown): void {
    const isWrong = isHoldfastError(failure, 'DIGEST_MISMATCH') || isHoldfastError(failure, 'SIZE_MISMATCH');
    if (!isWrong || this.#settled !== undefined) return;
    this.#settled = Promise.resolve();
    try {
      this.#ingest.discard();
    } catch (error) {
      if (!isHoldfastError(error)) throw error;
    }
  }
}

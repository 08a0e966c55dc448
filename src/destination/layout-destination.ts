/** `oci:`: an OCI layout directory, whose other images stay. */
import { type BlobContent, type BlobOutcome, HoldfastError, isHoldfastError } from '../base/index.ts';
import type { Descriptor, LayoutReference } from '../oci/index.ts';
import { type BlobIngest, type LayoutStore, openLayoutStore } from '../store/index.ts';
import type { Delivered, DestinationDocument, ImageDestination, PutOptions } from './image-destination.ts';
import { entryOf, Referrers } from './layout-documents.ts';
import type { NamedServices } from './services.ts';
import { requireDigest } from './wanted-digest.ts';

/** @throws STORE_INVALID, HOST_REFUSED */
export function openLayout(target: LayoutReference, services: NamedServices): ImageDestination {
  return new LayoutDestination(openLayoutStore(target.path, { create: true }), target, services);
}

class LayoutDestination implements ImageDestination {
  readonly reference: string;
  readonly holdsIndexes = true;
  readonly isSequential = false;
  readonly #store: LayoutStore;
  readonly #target: LayoutReference;
  readonly #onEvent: NamedServices['onEvent'];
  readonly #referrers = new Referrers();
  readonly #transfers = new Set<Promise<BlobOutcome>>();
  #isFinished = false;
  #isClosed = false;

  constructor(store: LayoutStore, target: LayoutReference, services: NamedServices) {
    this.#store = store;
    this.#target = target;
    this.#onEvent = services.onEvent;
    this.reference = services.reference;
  }

  /**
   * Goes on where an earlier attempt, perhaps of another process, has stopped. What arrives is kept for the next one,
   * unless it is wrong or there is no room for it.
   */
  async putBlob(descriptor: Descriptor, content: BlobContent, options: PutOptions = {}): Promise<BlobOutcome> {
    if (this.#holds(descriptor)) return 'existed';
    const transfer = this.#transfer(descriptor, content, options);
    this.#transfers.add(transfer);
    try {
      return await transfer;
    } finally {
      this.#transfers.delete(transfer);
    }
  }

  async putDocument(document: DestinationDocument): Promise<void> {
    // It would be in the layout, and nobody would find it.
    if (this.#isFinished) throw new HoldfastError('BUG', { message: 'the image has its name already' });
    await this.#putBytes(document);
    this.#referrers.add(document);
  }

  async finish(root: DestinationDocument, { signal }: PutOptions = {}): Promise<Delivered> {
    requireDigest(this.reference, this.#target.digest, root.digest);
    await this.#putBytes(root);
    this.#isFinished = true;
    this.#onEvent?.({ kind: 'phase', phase: 'publish' });
    for (const entry of this.#referrers.besides(root)) await this.#store.tag(undefined, entry, signal);
    await this.#store.tag(this.#target.tag, entryOf(root), signal);
    return { digest: root.digest };
  }

  /** Ends the transfers that are under way, and waits for that. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#transfers);
    this.#store[Symbol.dispose]();
  }

  async #transfer(descriptor: Descriptor, content: BlobContent, options: PutOptions): Promise<BlobOutcome> {
    for (;;) {
      using ingest = await this.#store.ingest(descriptor, options.signal);
      if (ingest === undefined) return 'existed';
      const resumedAt = ingest.received;
      try {
        const adopted = await this.#adopt(ingest, content, options);
        if (adopted !== undefined) return adopted;
        await this.#fill(ingest, content, options);
        await ingest.commit(options.signal);
        return 'written';
      } catch (error) {
        const isWrong = isHoldfastError(error, 'DIGEST_MISMATCH') || isHoldfastError(error, 'SIZE_MISMATCH');
        if (isWrong || isHoldfastError(error, 'HOST_REFUSED')) ingest.discard();
        // What was there before may have been the wrong part.
        if (!isWrong || resumedAt === 0) throw error;
      }
    }
  }

  /** What is a file on the same file system is not copied, and is hashed all the same. */
  async #adopt(ingest: BlobIngest, { file, isImmutable }: BlobContent, { signal, onProgress }: PutOptions) {
    if (file === undefined) return undefined;
    return await ingest.adopt(file, {
      isImmutable,
      signal,
      onProgress: (bytes) => {
        this.#requireNotClosed();
        onProgress?.(bytes);
      },
    });
  }

  /** What it gets is hashed when it is committed. */
  async #fill(ingest: BlobIngest, content: BlobContent, { signal, onProgress }: PutOptions): Promise<void> {
    for await (const chunk of content.open(ingest.received)) {
      signal?.throwIfAborted();
      this.#requireNotClosed();
      ingest.write(chunk);
      onProgress?.(ingest.received);
    }
  }

  #requireNotClosed(): void {
    if (this.#isClosed) throw new HoldfastError('BUG', { message: 'the layout was closed during a transfer' });
  }

  async #putBytes(document: DestinationDocument): Promise<void> {
    const entry = entryOf(document);
    if (!this.#holds(entry)) await this.#store.put(entry, document.bytes);
  }

  /** @throws STORE_INVALID for one of another size */
  #holds({ digest, size }: Descriptor): boolean {
    using found = this.#store.open(digest);
    if (found === undefined) return false;
    if (found.size === size) return true;
    const reason = `the blob ${digest} in it has ${found.size} bytes instead of ${size}`;
    throw new HoldfastError('STORE_INVALID', { directory: this.#store.directory, reason });
  }
}

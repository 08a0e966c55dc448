/** Images in registries. What was fetched is kept in the local store, and what is there is not fetched again. */
import { type Digest, HoldfastError, isHoldfastError, maxDocumentBytes, type OperationOptions } from '../base/index.ts';
import { verifyBlob } from '../codec/index.ts';
import {
  type Descriptor,
  documentTooLarge,
  embeddedData,
  formatImageName,
  type ImageName,
  isForeignLayerMediaType,
  isIndexMediaType,
  isManifestMediaType,
  parseDocument,
} from '../oci/index.ts';
import { Arrival, type Delivery } from '../pool/index.ts';
import type { FetchedManifest, RegistryClient, Repository } from '../registry/index.ts';
import type { LayoutStore, StoredBlob } from '../store/index.ts';
import { arrivingBlob } from './arriving-blob.ts';
import { contentOfFile, type OpenedContent } from './blob-content.ts';
import { type OpenedFile, readSmallFile } from './files.ts';
import type { ImageSource, VerifiedDocument } from './source.ts';

/** What a source in a registry works with. */
export interface RegistryAccess {
  readonly client: RegistryClient;
  readonly store: LayoutStore;
}

/**
 * @param access is the source's to close.
 * @throws IMAGE_NOT_FOUND, every code of documents, of the network and of the store
 */
export async function openRegistrySource(
  name: ImageName,
  access: RegistryAccess & AsyncDisposable,
  options: OperationOptions,
): Promise<ImageSource> {
  const source = new RegistrySource(name, access, options);
  await source.resolve(name);
  return source;
}

class RegistrySource implements ImageSource {
  readonly repository: Repository;
  readonly #access: RegistryAccess & AsyncDisposable;
  readonly #options: OperationOptions;
  #root: VerifiedDocument | undefined;

  constructor(
    { registry, repository }: ImageName,
    access: RegistryAccess & AsyncDisposable,
    options: OperationOptions,
  ) {
    this.repository = { registry, repository };
    this.#access = access;
    this.#options = options;
  }

  get root(): VerifiedDocument {
    if (this.#root === undefined)
      throw new HoldfastError('BUG', { message: 'a source was used before it was resolved' });
    return this.#root;
  }

  /** A digest that is in the store needs no network; a tag costs one HEAD then, which registries do not count. */
  async resolve(name: ImageName): Promise<void> {
    const { client, store } = this.#access;
    const known: { readonly digest: Digest; readonly mediaType?: string } =
      name.digest === undefined ? await client.resolve(name, this.#options) : { digest: name.digest };
    const stored = this.#readStored(known.digest);
    const found = stored ? { ...known, bytes: stored } : await this.#fetchRoot(name, known.digest);
    const { bytes, digest, mediaType } = found;
    verifyBlob(bytes, { digest, size: bytes.length }, 'the manifest');
    const document = parseDocument(bytes, { what: 'the manifest', ...(mediaType === undefined ? {} : { mediaType }) });
    if (stored === undefined) await store.put({ digest, size: bytes.length }, bytes);
    store.markUsed({ mediaType: document.mediaType, digest, size: bytes.length }, formatImageName(name));
    this.#root = { bytes, digest, document };
  }

  /** Of a tag some registries tell another digest than that of what they give, and some tags have moved on meanwhile. */
  async #fetchRoot(name: ImageName, digest: Digest): Promise<FetchedManifest> {
    const { client } = this.#access;
    try {
      return await client.getManifest({ ...this.repository, digest }, this.#options);
    } catch (error) {
      const isOther = isHoldfastError(error, 'IMAGE_NOT_FOUND') || isHoldfastError(error, 'DIGEST_MISMATCH');
      if (name.digest !== undefined || !isOther) throw error;
      return await client.getManifest(name, this.#options);
    }
  }

  async readBlob(descriptor: Descriptor, what: string): Promise<Uint8Array> {
    if (descriptor.size > maxDocumentBytes) throw documentTooLarge(what);
    const embedded = embeddedData(descriptor, what);
    if (embedded !== undefined) return embedded;
    const stored = this.#readStored(descriptor.digest);
    if (stored?.length === descriptor.size) return stored;
    const bytes = await this.#fetch(descriptor);
    verifyBlob(bytes, descriptor, what);
    await this.#access.store.put(descriptor, bytes);
    return bytes;
  }

  async openBlob(descriptor: Pick<Descriptor, 'digest' | 'size'>, own?: AbortSignal): Promise<OpenedFile> {
    const { client, store } = this.#access;
    const { onEvent } = this.#options;
    const signal = eitherOf(this.#options.signal, own);
    const ingest = (await this.#openStored(descriptor)) ?? (await store.ingest(descriptor, signal));
    if (ingest === undefined) return await this.openBlob(descriptor, own);
    if (!('write' in ingest)) return ingest;
    const blob = { mediaType: 'application/octet-stream', ...descriptor };
    return arrivingBlob(
      ingest,
      descriptor,
      (position, stop) => client.getBlob(this.repository, blob, position, { signal: stop }),
      { signal, onEvent },
    );
  }

  async content(descriptor: Descriptor, own?: AbortSignal): Promise<OpenedContent> {
    const { client } = this.#access;
    const signal = eitherOf(this.#options.signal, own);
    const stored = await this.#openStored(descriptor);
    if (stored !== undefined) return contentOfFile(stored, true);
    await this.#requireForeign(descriptor);
    return {
      size: descriptor.size,
      open: (position) => client.getBlob(this.repository, descriptor, position, { signal }),
      [Symbol.dispose]: () => {},
    };
  }

  async referrers(subject: Digest): Promise<readonly Descriptor[]> {
    return await this.#access.client.referrers(this.repository, subject, this.#options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#access[Symbol.asyncDispose]();
  }

  /** Of a foreign layer it has to be known before anything is written that it is not there. */
  async #requireForeign(descriptor: Descriptor): Promise<void> {
    if (!isForeignLayerMediaType(descriptor.mediaType)) return;
    if (await this.#access.client.hasBlob(this.repository, descriptor, this.#options)) return;
    throw new HoldfastError('BLOB_MISSING', { digest: descriptor.digest, where: 'the registry does not have it' });
  }

  async #openStored({ digest, size }: Pick<Descriptor, 'digest' | 'size'>): Promise<OpenedFile | undefined> {
    const found = this.#access.store.open(digest);
    if (found === undefined) return undefined;
    if (found.size === size) {
      this.#options.onEvent?.({ kind: 'blob-done', digest, bytes: size, outcome: 'reused' });
      const delivery = storedDelivery(this.#access.store, { digest, size });
      return { fd: found.fd, offset: 0, size, delivery, [Symbol.dispose]: () => found[Symbol.dispose]() };
    }
    // It is what its name says or damaged; either way the transfer has to show which size is right.
    found[Symbol.dispose]();
    return undefined;
  }

  /** Documents are small: each is hashed again when it is read, and one that is damaged is fetched again. */
  #readStored(digest: Descriptor['digest']): Uint8Array | undefined {
    using found: StoredBlob | undefined = this.#access.store.open(digest);
    if (found === undefined || found.size > maxDocumentBytes) return undefined;
    const bytes = readSmallFile({ fd: found.fd, offset: 0, size: found.size }, 'a document of the local store');
    try {
      verifyBlob(bytes, { digest, size: found.size }, 'a document of the local store');
      return bytes;
    } catch {
      forget(this.#access.store, digest);
      return undefined;
    }
  }

  async #fetch(descriptor: Descriptor): Promise<Uint8Array> {
    const { client } = this.#access;
    const { digest, mediaType } = descriptor;
    if (isManifestMediaType(mediaType) || isIndexMediaType(mediaType)) {
      try {
        return (await client.getManifest({ ...this.repository, digest }, this.#options)).bytes;
      } catch (error) {
        if (!isHoldfastError(error, 'IMAGE_NOT_FOUND')) throw error;
        throw new HoldfastError('BLOB_MISSING', { digest, where: 'the registry does not have it' }, { cause: error });
      }
    }
    const chunks: Buffer[] = [];
    for await (const chunk of client.getBlob(this.repository, descriptor, 0, this.#options)) {
      chunks.push(Buffer.from(chunk));
    }
    return Buffer.concat(chunks);
  }
}

function eitherOf(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  return one && other ? AbortSignal.any([one, other]) : (one ?? other);
}

/** A blob that was right when it was stored. One that is found damaged goes, so that it is fetched again. */
function storedDelivery(store: LayoutStore, { digest, size }: Pick<Descriptor, 'digest' | 'size'>): Delivery {
  const arrival = new Arrival();
  arrival.advanceTo(size);
  arrival.complete();
  const settle = async (failure?: unknown): Promise<void> => {
    if (isHoldfastError(failure, 'DIGEST_MISMATCH')) forget(store, digest);
  };
  return { arrival, arrived: Promise.resolve(), settle };
}

/** From a store that can only be read nothing can be removed, and what was found there is no less wrong. */
function forget(store: LayoutStore, digest: Digest): void {
  try {
    store.remove(digest);
  } catch (error) {
    if (!isHoldfastError(error, 'HOST_REFUSED')) throw error;
  }
}

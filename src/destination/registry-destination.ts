/** `docker://`: a repository of a registry. */
import { type BlobContent, type BlobOutcome, HoldfastError } from '../base/index.ts';
import type { Descriptor, ImageName } from '../oci/index.ts';
import type { RegistryClient } from '../registry/index.ts';
import { checkedContent } from './checked-content.ts';
import type { Delivered, DestinationDocument, ImageDestination, PutOptions } from './image-destination.ts';
import type { NamedServices } from './services.ts';
import { requireDigest } from './wanted-digest.ts';

export function openRegistry(name: ImageName, services: NamedServices): ImageDestination {
  const { registry, reference } = services;
  if (registry === undefined) throw new HoldfastError('BUG', { message: 'there is no client for the registry' });
  return new RegistryDestination(registry, name, { reference, onEvent: services.onEvent });
}

class RegistryDestination implements ImageDestination {
  readonly reference: string;
  readonly holdsIndexes = true;
  readonly isSequential = false;
  readonly #client: RegistryClient;
  readonly #name: ImageName;
  readonly #onEvent: NamedServices['onEvent'];

  constructor(client: RegistryClient, name: ImageName, services: NamedServices) {
    this.#client = client;
    this.#name = name;
    this.#onEvent = services.onEvent;
    this.reference = services.reference;
  }

  putBlob(descriptor: Descriptor, content: BlobContent, options: PutOptions = {}): Promise<BlobOutcome> {
    const { signal, mountFrom, onProgress } = options;
    return this.#client.putBlob(this.#name, descriptor, checkedContent(descriptor, content, { signal }), {
      signal,
      onProgress,
      ...(mountFrom && { mountFrom }),
    });
  }

  async putDocument(document: DestinationDocument, { signal }: PutOptions = {}): Promise<void> {
    const { registry, repository } = this.#name;
    await this.#client.putManifest({ registry, repository, digest: document.digest }, document, { signal });
  }

  async finish(root: DestinationDocument, { signal }: PutOptions = {}): Promise<Delivered> {
    const { registry, repository, tag, digest } = this.#name;
    requireDigest(this.reference, digest, root.digest);
    this.#onEvent?.({ kind: 'phase', phase: 'publish' });
    const name = tag === undefined ? { registry, repository, digest: root.digest } : { registry, repository, tag };
    await this.#client.putManifest(name, root, { signal });
    return { digest: root.digest };
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

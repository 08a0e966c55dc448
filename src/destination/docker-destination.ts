/** `docker-archive:` and `docker-daemon:`: the same archive, into a file or into a Docker Engine. */
import { type BlobContent, type BlobOutcome, HoldfastError } from '../base/index.ts';
import { type Daemon, openDaemon } from '../daemon/index.ts';
import type { Descriptor, DockerArchiveReference, ImageName } from '../oci/index.ts';
import { openArchiveOutput } from './archive-output.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { daemonOutput } from './daemon-output.ts';
import { type ArchivedImage, DockerArchiveWriter } from './docker-archive-writer.ts';
import type { Delivered, DestinationDocument, ImageDestination, PutOptions } from './image-destination.ts';
import type { NamedServices } from './services.ts';

/** @throws HOST_REFUSED */
export async function openDockerArchive(
  target: DockerArchiveReference,
  services: NamedServices,
): Promise<ImageDestination> {
  const output = await openArchiveOutput(target.path, services.stdout);
  const archive = new DockerArchiveWriter(new ArchiveWriter(output), { name: target.name, limits: services.limits });
  const deliver = async ({ manifest, changed }: ArchivedImage): Promise<Delivered> => ({
    digest: manifest.digest,
    ...(changed === undefined ? {} : { changed }),
  });
  return new DockerDestination(archive, services, { deliver });
}

/**
 * Asks the daemon for its version first, so that one that is not there is known before anything is fetched.
 * @throws REFERENCE_INVALID for a name with a digest, and the codes of the daemon
 */
export async function openDockerDaemon(name: ImageName, services: NamedServices): Promise<ImageDestination> {
  const { reference, signal, limits } = services;
  if (name.digest !== undefined) {
    const reason = 'a Docker daemon cannot be told by which digest to keep an image';
    throw new HoldfastError('REFERENCE_INVALID', { reference, reason, hint: 'write docker-daemon:NAME[:TAG]' });
  }
  const daemon = services.daemon ?? openDaemon(services.env);
  const close = async (): Promise<void> => {
    if (services.daemon === undefined) await daemon[Symbol.asyncDispose]();
  };
  try {
    await daemon.version({ signal });
  } catch (error) {
    await close();
    throw error;
  }
  const archive = new DockerArchiveWriter(new ArchiveWriter(daemonOutput(daemon, signal)), { name, limits });
  const deliver = (image: ArchivedImage, options: PutOptions): Promise<Delivered> =>
    confirm(daemon, name, { image, signal: options.signal ?? signal });
  return new DockerDestination(archive, services, { deliver, close });
}

interface Delivery {
  /** What the destination says it has, once the archive is complete. */
  readonly deliver: (image: ArchivedImage, options: PutOptions) => Promise<Delivered>;
  readonly close?: () => Promise<void>;
}

class DockerDestination implements ImageDestination {
  readonly reference: string;
  readonly holdsIndexes = false;
  readonly isSequential = true;
  readonly #archive: DockerArchiveWriter;
  readonly #delivery: Delivery;
  readonly #onEvent: NamedServices['onEvent'];

  constructor(archive: DockerArchiveWriter, services: NamedServices, delivery: Delivery) {
    this.#archive = archive;
    this.#delivery = delivery;
    this.#onEvent = services.onEvent;
    this.reference = services.reference;
  }

  putBlob(descriptor: Descriptor, content: BlobContent, options?: PutOptions): Promise<BlobOutcome> {
    return this.#archive.putBlob(descriptor, content, options);
  }

  /** @throws MEDIA_TYPE_UNSUPPORTED, always: Docker holds the one image and nothing else */
  async putDocument(document: DestinationDocument): Promise<void> {
    this.#archive.refuse(document);
  }

  async finish(root: DestinationDocument, options: PutOptions = {}): Promise<Delivered> {
    this.#onEvent?.({ kind: 'phase', phase: 'publish' });
    const image = await this.#archive.finish(root, options);
    return this.#delivery.deliver(image, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#archive[Symbol.asyncDispose]();
    await this.#delivery.close?.();
  }
}

/** A daemon that keeps its images in containerd has the manifest; any other makes its own of the config and layers. */
async function confirm(
  daemon: Daemon,
  name: ImageName,
  { image, signal }: { readonly image: ArchivedImage; readonly signal: AbortSignal | undefined },
): Promise<Delivered> {
  const { manifest, imageId, changed } = image;
  const id = await daemon.imageId(name, { signal });
  if (id === manifest.digest) return { digest: id, ...(changed === undefined ? {} : { changed }) };
  if (id === imageId) return { digest: id, changed: 'the daemon keeps the ID of the image and not its manifest' };
  throw new HoldfastError('DAEMON_REFUSED', {
    address: daemon.address,
    operation: 'keep the image',
    reason: `what it has under the name now is ${id}, not ${imageId}`,
  });
}

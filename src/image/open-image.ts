import { type DiffId, HoldfastError, isHoldfastError, type Note } from '../base/index.ts';
import {
  type Descriptor,
  historyMatches,
  type ImageConfig,
  type ImageManifest,
  isForeignLayerMediaType,
  isLayerMediaType,
  normalisePlatform,
  parsePlatform,
} from '../oci/index.ts';
import type { Delivery } from '../pool/index.ts';
import type { BlobLocation, OpenedFile } from './files.ts';
import type { Image, ImageLayer } from './image.ts';
import { type OpenOptions, openSource } from './open-source.ts';
import { platformOf, readConfig, resolvePlatform } from './resolve-platform.ts';
import type { ImageSource, VerifiedManifest } from './source.ts';

/**
 * Opens the image a reference names, resolving an index to one platform. Manifest and config are verified and parsed;
 * no layer is touched yet.
 *
 * @example
 * await using image = await openImage('oci:layout:v1', { platform: 'linux/arm64' });
 *
 * @throws USAGE for a malformed platform, REFERENCE_INVALID, TRANSPORT_UNSUPPORTED
 * @throws IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, PLATFORM_NOT_FOUND
 * @throws every code of archives and documents, DIFFID_COUNT
 * @throws for registries and daemons AUTH_REQUIRED, ACCESS_DENIED, RATE_LIMITED, HOST_UNREACHABLE and the other codes of the
 * network, CREDENTIALS_INVALID, SETTINGS_INVALID, the codes of the store
 */
export async function openImage(reference: string, options: OpenOptions = {}): Promise<Image> {
  const wanted = options.platform === undefined ? undefined : parsePlatform(options.platform);
  options.onEvent?.({ kind: 'phase', phase: 'open' });
  const source = await openSource(reference, options);
  try {
    const image = await imageIn(source, await resolvePlatform(source, wanted), reference);
    for (const note of image.notes) options.onEvent?.({ kind: 'note', note });
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      await image[Symbol.asyncDispose]();
      await source[Symbol.asyncDispose]();
    };
    return { ...image, [Symbol.asyncDispose]: () => (closing ??= close()) };
  } catch (error) {
    await source[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * One image of a source that is open, and stays so when the image is disposed.
 * @param reference what the user called the source.
 * @throws the codes of configs, DIFFID_COUNT, MEDIA_TYPE_UNSUPPORTED
 */
export async function imageIn(source: ImageSource, manifest: VerifiedManifest, reference: string): Promise<Image> {
  const { bytes: manifestBytes, digest: manifestDigest, document } = manifest;
  const { bytes: configBytes, config } = await readConfig(source, document);
  const files = new LayerFiles(source);
  const layers = layersOf(document, config, files);
  return {
    reference,
    manifestDigest,
    manifestBytes,
    mediaType: document.mediaType,
    manifest: document,
    configBytes,
    config,
    platform: normalisePlatform(platformOf(config) ?? { os: 'unknown', architecture: 'unknown' }),
    layers,
    notes: notesOf(config, layers.length),
    [Symbol.asyncDispose]: () => files.dispose(),
  };
}

/** The open files of an image's layers. */
class LayerFiles {
  readonly #source: ImageSource;
  readonly #open = new Map<string, Promise<OpenedFile>>();
  readonly #stop = new AbortController();

  constructor(source: ImageSource) {
    this.#source = source;
  }

  async open(descriptor: Descriptor): Promise<BlobLocation> {
    if (this.#stop.signal.aborted)
      throw new HoldfastError('BUG', { message: 'a layer of a disposed image was opened' });
    const opening = this.#open.get(descriptor.digest) ?? this.#openBlob(descriptor);
    this.#open.set(descriptor.digest, opening);
    const { fd, offset, size, delivery } = await opening;
    if (size !== descriptor.size) {
      throw new HoldfastError('SIZE_MISMATCH', { expected: descriptor.size, actual: size, what: 'the layer' });
    }
    return { fd, offset, size, ...(delivery === undefined ? {} : { delivery }) };
  }

  async dispose(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort();
    for (const opened of await Promise.allSettled(this.#open.values())) {
      if (opened.status === 'fulfilled') opened.value[Symbol.dispose]();
    }
  }

  async #openBlob({ digest, size, mediaType }: Descriptor): Promise<OpenedFile> {
    const opening = this.#source.openBlob({ digest, size }, this.#stop.signal);
    if (!isForeignLayerMediaType(mediaType)) return await opening;
    const file = await explainForeign(opening);
    return file.delivery === undefined ? file : { ...file, delivery: explainedDelivery(file.delivery) };
  }
}

/** Whether a registry has it turns out when it is asked. */
function explainedDelivery(delivery: Delivery): Delivery {
  const arrived = explainForeign(delivery.arrived);
  arrived.catch(() => undefined);
  return { arrival: delivery.arrival, arrived, settle: (failure) => delivery.settle(failure) };
}

async function explainForeign<Result>(found: Promise<Result>): Promise<Result> {
  try {
    return await found;
  } catch (error) {
    if (!isHoldfastError(error, 'BLOB_MISSING')) throw error;
    const where = 'it is a foreign (non-distributable) layer, which images refer to without holding it';
    throw new HoldfastError('BLOB_MISSING', { digest: error.data.digest, where }, { cause: error });
  }
}

function layersOf({ layers }: ImageManifest, { rootfs }: ImageConfig, files: LayerFiles): readonly ImageLayer[] {
  if (layers.length !== rootfs.diff_ids.length) {
    throw new HoldfastError('DIFFID_COUNT', { layers: layers.length, diffIds: rootfs.diff_ids.length });
  }
  return rootfs.diff_ids.flatMap((diffId, position) => {
    const descriptor = layers[position];
    return descriptor === undefined ? [] : [layerOf(descriptor, diffId, position + 1, files)];
  });
}

function layerOf(descriptor: Descriptor, diffId: DiffId, number: number, files: LayerFiles): ImageLayer {
  const { digest, size, mediaType } = descriptor;
  const layer = { number, digest };
  if (!isLayerMediaType(mediaType)) {
    throw new HoldfastError(
      'MEDIA_TYPE_UNSUPPORTED',
      { mediaType, what: 'the layer', ...hintFor(mediaType) },
      { layer },
    );
  }
  const open = async (): Promise<BlobLocation> => {
    try {
      return await files.open(descriptor);
    } catch (error) {
      throw isHoldfastError(error) ? error.inLayer(layer) : error;
    }
  };
  return { number, digest, size, mediaType, diffId, open };
}

function hintFor(mediaType: string): { hint?: string } {
  return mediaType.includes('encrypted') ? { hint: 'the layer is encrypted; decrypt the image first' } : {};
}

function notesOf(config: ImageConfig, layers: number): readonly Note[] {
  return historyMatches(config, layers) ? [] : [{ code: 'HISTORY_MISMATCH' }];
}

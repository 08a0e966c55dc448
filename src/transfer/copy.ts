/** `copy`: an image, or a whole index, from any transport to any other, digest for digest. */
import { type Digest, HoldfastError, isHoldfastError, type Limits, type OperationOptions } from '../base/index.ts';
import { type DestinationServices, openDestination } from '../destination/index.ts';
import { isIndex, openSource, resolvePlatform, type VerifiedDocument } from '../image/index.ts';
import { parsePlatform, parseReference, type Platform, type Reference } from '../oci/index.ts';
import { type RegistryUse, useRegistry } from '../registry/index.ts';
import { type CopiedBlobs, ImageCopy } from './image-copy.ts';

export interface CopyOptions extends OperationOptions, RegistryUse {
  /**
   * Of an index, the image of this platform (this machine's by default); with {@link all}, the whole index but only the
   * content of these platforms.
   */
  readonly platforms?: readonly string[];
  /** The whole index, under its own digest. */
  readonly all?: boolean;
  /** Also what refers to the image: signatures, attestations, SBOMs. */
  readonly referrers?: boolean;
  /** Bounds for what has to be decompressed. */
  readonly limits?: Limits;
  /** Blobs at once; 4 unless given. Archives are written one after the other. */
  readonly jobs?: number;
  /** What `-` reads as a source; standard input by default. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  /** What `-` writes as a destination; standard output by default. Resolves when the bytes have left. */
  readonly stdout?: DestinationServices['stdout'];
}

export interface CopyResult {
  /** As they were given. */
  readonly source: string;
  readonly destination: string;
  /** Of what was copied, at the source. */
  readonly sourceDigest: Digest;
  /** What the destination holds now under its name. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Why the digests differ; absent when they are the same. */
  readonly changed?: string;
  readonly blobs: CopiedBlobs;
  /** Manifests and indexes, the root and the referrers included. */
  readonly manifests: number;
  readonly referrers: number;
}

/** A place that no text can name, such as a layout whose path has a colon. */
export interface Place {
  /** What it is called in messages and results. */
  readonly text: string;
  readonly reference: Reference;
}

/**
 * Copies an image, or with `all` an index. Nothing appears under the destination's name before everything it needs is
 * there, and content is verified on its way. The digest stays, but where the result says why not.
 *
 * @example
 * import { copyImage } from 'holdfast';
 *
 * const { digest, changed } = await copyImage('docker://debian:12', 'oci:images:debian', { all: true });
 * if (changed !== undefined) console.log(`${digest}: ${changed}`);
 *
 * @throws USAGE for several platforms without `all`, or an index where the destination holds single images
 * @throws REFERENCE_INVALID, TRANSPORT_UNSUPPORTED, IMAGE_NOT_FOUND, IMAGE_AMBIGUOUS, PLATFORM_NOT_FOUND
 * @throws DIGEST_MISMATCH, SIZE_MISMATCH, BLOB_MISSING, DESTINATION_DIGEST, MEDIA_TYPE_UNSUPPORTED, LIMIT_EXCEEDED
 * @throws every other code of documents, of the network, of the store and of the host
 */
export async function copyImage(
  from: string | Place,
  to: string | Place,
  options: CopyOptions = {},
): Promise<CopyResult> {
  const origin = typeof from === 'string' ? { text: from, reference: parseReference(from) } : from;
  const target = typeof to === 'string' ? { text: to, reference: parseDestination(to) } : to;
  return await copyBetween(origin, target, options);
}

async function copyBetween(from: Place, to: Place, options: CopyOptions): Promise<CopyResult> {
  const platforms = (options.platforms ?? []).map(parsePlatform);
  const target = to.reference;
  const isRemote = [from, to].some(({ reference }) => reference.transport === 'registry');
  await using registry = isRemote ? useRegistry(options) : undefined;
  const { signal, onEvent, stdin, limits } = options;
  onEvent?.({ kind: 'phase', phase: 'open' });
  const opening = { registry, stdin, limits, ...(signal && { signal }), ...(onEvent && { onEvent }) };
  await using source = await openSource(from.text, { ...opening, network: options.network }, from.reference);
  const root = await chooseRoot(source, platforms, options.all ?? false);
  await using destination = await openDestination(target, {
    reference: to.text,
    registry,
    stdout: options.stdout,
    env: options.network?.env,
    limits,
    onEvent,
    signal,
  });
  const copy = new ImageCopy(source, destination, {
    ...options,
    onlyPlatforms: options.all ? platforms : [],
    isSameRegistry: target.transport === 'registry' && source.repository?.registry === target.name.registry,
  });
  onEvent?.({ kind: 'phase', phase: 'copy' });
  const { digest, changed } = await copy.run(root);
  const { mediaType } = root.document;
  const { blobs, manifests, referrers } = copy;
  return {
    source: from.text,
    destination: to.text,
    sourceDigest: root.digest,
    digest,
    mediaType,
    ...(changed === undefined ? {} : { changed }),
    blobs,
    manifests,
    referrers,
  };
}

/** What is not supported is left in the other direction than it is entered. */
function parseDestination(reference: string): Reference {
  try {
    return parseReference(reference);
  } catch (error) {
    if (!isHoldfastError(error, 'TRANSPORT_UNSUPPORTED')) throw error;
    const { transport } = error.data;
    const hint =
      transport === 'dir'
        ? `copy to oci:DIR:TAG, then: skopeo copy oci:DIR:TAG ${reference}`
        : 'copy to docker-archive:FILE:NAME:TAG, then: podman load -i FILE';
    throw new HoldfastError('TRANSPORT_UNSUPPORTED', { transport, hint });
  }
}

/** An index is copied whole only when that is asked for, as with every tool. */
async function chooseRoot(
  source: Awaited<ReturnType<typeof openSource>>,
  platforms: readonly Platform[],
  isWhole: boolean,
): Promise<VerifiedDocument> {
  if (isWhole || (platforms.length === 0 && !isIndex(source.root))) return source.root;
  if (platforms.length > 1) {
    const hint = 'add --all to keep the index, with the content of these platforms only';
    throw new HoldfastError('USAGE', { message: 'several platforms do not make one image', hint });
  }
  return await resolvePlatform(source, platforms[0]);
}

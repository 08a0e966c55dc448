/**
 * What `docker save` writes since Docker 25: a `manifest.json` for every Docker and podman, in a tar that is an OCI layout
 * at the same time. Both tables of contents lead to the same blobs.
 */
import {
  type BlobContent,
  type BlobOutcome,
  type Digest,
  HoldfastError,
  type Limits,
  maxDocumentBytes,
  parseDigest,
} from '../base/index.ts';
import { digestOf, type ResumedStream, sniffCompression } from '../codec/index.ts';
import {
  type Descriptor,
  documentTooLarge,
  type ImageManifest,
  type ImageName,
  isImageConfigMediaType,
  isLayerMediaType,
} from '../oci/index.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import { checkedContent } from './checked-content.ts';
import { dockerIndex, type DockerManifest, manifestJson, manifestOf, type PlainBlob } from './docker-documents.ts';
import type { DestinationDocument, PutOptions } from './image-destination.ts';
import { blobPath, layoutFile } from './layout-documents.ts';
import { plainLayerOf } from './plain-layer.ts';

/** The image as the archive has it. */
export interface ArchivedImage {
  readonly manifest: DockerManifest;
  /** What Docker calls the image: the digest of its config. */
  readonly imageId: Digest;
  /** Why the manifest is another one; undefined when it is the image's own. */
  readonly changed?: string;
}

export interface DockerArchiveOptions {
  /** What the image is called in the archive; nothing when undefined. */
  readonly name: ImageName | undefined;
  readonly limits?: Limits | undefined;
}

/** One image. Layers are kept as they are stored but for zstd, which older Dockers cannot read. */
export class DockerArchiveWriter implements AsyncDisposable {
  readonly #writer: ArchiveWriter;
  readonly #options: DockerArchiveOptions;
  readonly #configs = new Map<Digest, Uint8Array>();
  readonly #plain = new Map<Digest, PlainBlob>();

  constructor(writer: ArchiveWriter, options: DockerArchiveOptions) {
    this.#writer = writer;
    this.#options = options;
  }

  /** @throws MEDIA_TYPE_UNSUPPORTED for what is no part of a container image */
  putBlob(descriptor: Descriptor, content: BlobContent, options?: PutOptions): Promise<BlobOutcome> {
    const { digest, mediaType } = descriptor;
    return this.#writer.inTurn(async () => {
      if (this.#writer.has(blobPath(digest)) || this.#plain.has(digest)) return 'existed';
      const checked = checkedContent(descriptor, content, options);
      if (isImageConfigMediaType(mediaType)) await this.#putConfig(descriptor, checked);
      else if (isLayerMediaType(mediaType)) await this.#putLayer(descriptor, checked);
      else throw noImage(mediaType, `the blob ${digest}`);
      return 'written';
    });
  }

  /** @throws MEDIA_TYPE_UNSUPPORTED */
  refuse({ mediaType, digest }: DestinationDocument): never {
    throw noImage(mediaType, `the document ${digest}`);
  }

  /**
   * Writes the documents, and the archive is complete.
   * @throws BLOB_MISSING, DIFFID_COUNT, DIFFID_MISMATCH, MEDIA_TYPE_UNSUPPORTED, and the codes of documents
   */
  finish(root: DestinationDocument, { signal }: PutOptions = {}): Promise<ArchivedImage> {
    const { document } = root;
    return this.#writer.inTurn(async () => {
      if (document.kind === 'index') throw noImage(root.mediaType, 'what is to be written');
      const configBytes = this.#configOf(document);
      const manifest = manifestOf(root, document, configBytes, this.#plain);
      this.#requireLayers(manifest);
      const { name } = this.#options;
      await this.#writer.addBytes(blobPath(manifest.digest), manifest.bytes);
      await this.#writer.addBytes('index.json', dockerIndex(manifest, name));
      await this.#writer.addBytes('manifest.json', manifestJson(manifest, name));
      await this.#writer.addBytes('oci-layout', layoutFile);
      signal?.throwIfAborted();
      await this.#writer.publish();
      return { manifest, imageId: digestOf(configBytes), ...describeChange(root, manifest) };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer[Symbol.asyncDispose]();
  }

  async #putConfig({ digest, size }: Descriptor, content: BlobContent): Promise<void> {
    if (size > maxDocumentBytes) throw documentTooLarge('the config');
    const chunks: Uint8Array[] = [];
    for await (const chunk of content.open(0)) chunks.push(Buffer.from(chunk));
    const bytes = Buffer.concat(chunks);
    this.#configs.set(digest, bytes);
    await this.#writer.addBytes(blobPath(digest), bytes);
  }

  async #putLayer({ digest, size }: Descriptor, content: BlobContent): Promise<void> {
    const { compression, chunks } = await sniffCompression(content.open(0));
    try {
      if (compression === 'zstd') await this.#putPlain(digest, size, chunks);
      else await this.#writer.addContent(blobPath(digest), { size, open: () => chunks });
    } finally {
      await chunks.return();
    }
  }

  async #putPlain(digest: Digest, size: number, chunks: ResumedStream): Promise<void> {
    using layer = await plainLayerOf(chunks, size, this.#options.limits);
    await this.#writer.addContent(blobPath(parseDigest(layer.diffId)), layer.content);
    this.#plain.set(digest, { diffId: layer.diffId, size: layer.content.size });
  }

  #configOf({ config }: ImageManifest): Uint8Array {
    const bytes = this.#configs.get(config.digest);
    if (bytes !== undefined) return bytes;
    if (!isImageConfigMediaType(config.mediaType)) throw noImage(config.mediaType, 'the config');
    throw missing(config.digest);
  }

  #requireLayers({ layers }: DockerManifest): void {
    for (const { digest } of layers) if (!this.#writer.has(blobPath(digest))) throw missing(digest);
  }
}

function describeChange(root: DestinationDocument, manifest: DockerManifest): { readonly changed?: string } {
  if (manifest.digest === root.digest) return {};
  return { changed: 'layers compressed with zstd were decompressed, since not every Docker reads them' };
}

/** Not that of a foreign layer alone: Docker needs every layer. */
function missing(digest: Digest): HoldfastError {
  return new HoldfastError('BLOB_MISSING', { digest, where: 'the image has no content for it, and Docker needs it' });
}

function noImage(mediaType: string, what: string): HoldfastError {
  const hint =
    'Docker holds images of one platform only; copy indexes and artifacts to oci:, oci-archive: or a registry';
  return new HoldfastError('MEDIA_TYPE_UNSUPPORTED', { mediaType, what, hint });
}

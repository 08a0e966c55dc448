/** `validate`: every byte that a reference leads to, hashed again. */
import { type Digest, HoldfastError, maxIndexDepth } from '../base/index.ts';
import { type ImageSource, type OpenOptions, openImage, openReference, openSource } from '../image/index.ts';
import {
  formatImageName,
  type ImageDocument,
  type ImageIndex,
  type ImageManifest,
  isImageConfigMediaType,
  isLayerMediaType,
  parseReference,
} from '../oci/index.ts';
import type { RootfsOptions } from '../rootfs/index.ts';
import { replayStdin } from './replay-stdin.ts';
import { type ValidImage, validateImage } from './validate-image.ts';
import { verifyStored } from './verify-stored.ts';

export interface ValidateOptions
  extends RootfsOptions, Pick<OpenOptions, 'platform' | 'stdin' | 'registry' | 'network'> {}

/** Nothing in it was wrong, or there would be an error instead. */
export interface ValidationReport {
  readonly reference: string;
  /** Of what the reference names, or of the image of the platform that was asked for. */
  readonly digest: Digest;
  readonly mediaType: string;
  readonly images: readonly ValidImage[];
  /** What an index holds besides images, such as attestations: every blob was hashed. */
  readonly artifacts: readonly { readonly digest: Digest; readonly mediaType: string }[];
}

/**
 * Recomputes every digest, size and DiffID, whatever is cached, and checks that layers fit onto each other. Of an index
 * every image, unless a platform is given.
 * @throws DIGEST_MISMATCH, SIZE_MISMATCH, DIFFID_MISMATCH, BLOB_MISSING, every other code of the image and layer families
 */
export async function validate(reference: string, options: ValidateOptions = {}): Promise<ValidationReport> {
  using stdin = await replayStdin(reference, options);
  const opening = (): ValidateOptions => ({ ...options, ...stdin.options() });
  const { digest, mediaType, document } = await openReference(reference, opening());
  await using source = await openSource(reference, opening());
  const validation = new Validation(reference, source, opening);
  await validation.take({ digest, document, reference }, 1);
  return { reference, digest, mediaType, images: validation.images, artifacts: validation.artifacts };
}

interface Member {
  readonly digest: Digest;
  readonly document: ImageDocument;
  /** Leads to this document. */
  readonly reference: string;
}

class Validation {
  readonly images: ValidImage[] = [];
  readonly artifacts: { readonly digest: Digest; readonly mediaType: string }[] = [];
  readonly #reference: string;
  readonly #source: ImageSource;
  readonly #options: () => ValidateOptions;
  readonly #seen = new Set<Digest>();

  constructor(reference: string, source: ImageSource, options: () => ValidateOptions) {
    this.#reference = reference;
    this.#source = source;
    this.#options = options;
  }

  async take({ digest, document, reference }: Member, depth: number): Promise<void> {
    if (this.#seen.has(digest)) return;
    this.#seen.add(digest);
    if (document.kind === 'index') return this.#takeIndex(document, depth);
    if (!isImage(document)) return this.#takeArtifact(digest, document);
    const options = this.#options();
    // A member is what its digest says it is, whatever its platform.
    await using image = await openImage(reference, depth === 1 ? options : withoutPlatform(options));
    this.images.push(await validateImage(image, options));
  }

  async #takeIndex(index: ImageIndex, depth: number): Promise<void> {
    if (depth > maxIndexDepth) {
      const limit = 'levels of indexes inside indexes';
      throw new HoldfastError('LIMIT_EXCEEDED', { limit, flag: '', value: String(maxIndexDepth) });
    }
    for (const entry of index.manifests) {
      // A size that is wrong is found here; openReference knows the digest alone.
      await this.#source.readBlob(entry, 'a document of the index');
      const reference = memberReference(this.#reference, entry.digest);
      const { digest, document } = await openReference(reference, withoutPlatform(this.#options()));
      await this.take({ digest, document, reference }, depth + 1);
    }
  }

  async #takeArtifact(digest: Digest, manifest: ImageManifest): Promise<void> {
    for (const blob of [manifest.config, ...manifest.layers]) {
      this.#options().signal?.throwIfAborted();
      await verifyStored(this.#source, blob, 'a blob of the artifact');
    }
    this.artifacts.push({ digest, mediaType: manifest.artifactType ?? manifest.config.mediaType });
  }
}

function isImage({ config, layers }: ImageManifest): boolean {
  return isImageConfigMediaType(config.mediaType) && layers.every(({ mediaType }) => isLayerMediaType(mediaType));
}

/** The same layout or archive, another document. */
function memberReference(reference: string, digest: Digest): string {
  const parsed = parseReference(reference);
  if (parsed.transport === 'registry') {
    const { registry, repository } = parsed.name;
    return `docker://${formatImageName({ registry, repository, digest })}`;
  }
  if (parsed.transport === 'oci' || parsed.transport === 'oci-archive') {
    return `${parsed.transport}:${parsed.path}@${digest}`;
  }
  throw new HoldfastError('BUG', { message: `an index came from ${parsed.transport}` });
}

function withoutPlatform({ platform: _platform, ...options }: ValidateOptions): ValidateOptions {
  return options;
}

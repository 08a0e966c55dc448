/** One copy: walks from a root document to its blobs and hands everything over, children before parents. */
import pLimit from 'p-limit';
import {
  type BlobOutcome,
  type Digest,
  HoldfastError,
  isHoldfastError,
  maxIndexDepth,
  type OperationOptions,
} from '../base/index.ts';
import type { Delivered, DestinationDocument, ImageDestination } from '../destination/index.ts';
import { type ImageSource, readDocument, type VerifiedDocument } from '../image/index.ts';
import {
  type Descriptor,
  formatPlatform,
  type ImageIndex,
  type ImageManifest,
  isForeignLayerMediaType,
  isIndexMediaType,
  isManifestMediaType,
  normalisePlatform,
  type Platform,
  suitability,
} from '../oci/index.ts';

export interface ImageCopyOptions extends OperationOptions {
  /** The images of an index whose content is copied; all when empty. */
  readonly onlyPlatforms: readonly Platform[];
  readonly referrers?: boolean;
  readonly jobs?: number;
  /** Then a repository can take blobs over from another. */
  readonly isSameRegistry: boolean;
  /** Repositories of the destination's registry that may hold a blob, where that is not the source's own. */
  readonly mountFrom?: (blob: Descriptor) => readonly string[];
}

/** How many blobs there were, by what became of them. */
export interface CopiedBlobs {
  /** Bytes were moved. */
  readonly copied: number;
  /** The destination had it. */
  readonly existed: number;
  /** The registry took it over from another repository. */
  readonly mounted: number;
  /** Bytes that were moved. */
  readonly bytes: number;
}

const defaultJobs = 4;

export class ImageCopy {
  blobs: CopiedBlobs = { copied: 0, existed: 0, mounted: 0, bytes: 0 };
  manifests = 0;
  referrers = 0;
  readonly #source: ImageSource;
  readonly #destination: ImageDestination;
  readonly #options: ImageCopyOptions;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #stop = new AbortController();
  /** Each blob and document once, however often it is named. */
  readonly #taken = new Map<Digest, Promise<void>>();

  constructor(source: ImageSource, destination: ImageDestination, options: ImageCopyOptions) {
    this.#source = source;
    this.#destination = destination;
    this.#options = options;
    this.#limit = pLimit(destination.isSequential ? 1 : (options.jobs ?? defaultJobs));
  }

  /** @throws the codes of source and destination, HOST_UNSUPPORTED where the destination cannot keep an index */
  async run(root: VerifiedDocument): Promise<Delivered> {
    this.#requireIndexes(root);
    await this.#copyChildren(root, 1);
    if (this.#options.referrers) await this.#copyReferrers(root.digest, 1);
    const delivered = await this.#destination.finish(asDocument(root), this.#putOptions());
    this.manifests++;
    return delivered;
  }

  #requireIndexes({ document }: VerifiedDocument): void {
    if (document.kind === 'manifest' || this.#destination.holdsIndexes) return;
    const message = `${this.#destination.reference} holds single images, not an index of several`;
    throw new HoldfastError('USAGE', { message, hint: 'leave out --all, and choose an image with --platform' });
  }

  async #copyChildren({ document }: VerifiedDocument, depth: number): Promise<void> {
    if (document.kind === 'manifest') return await this.#copyBlobs(document);
    if (depth > maxIndexDepth) {
      const limit = 'levels of indexes inside indexes';
      throw new HoldfastError('LIMIT_EXCEEDED', { limit, flag: '', value: String(maxIndexDepth) });
    }
    const wanted = this.#wantedEntries(document);
    await this.#all(wanted.map((entry) => () => this.#once(entry.digest, () => this.#copyMember(entry, depth))));
  }

  #wantedEntries({ manifests }: ImageIndex): readonly Descriptor[] {
    const { onlyPlatforms } = this.#options;
    if (onlyPlatforms.length === 0) return manifests;
    const wanted = manifests.filter((entry) => isIndexMediaType(entry.mediaType) || fits(entry, onlyPlatforms));
    if (wanted.length > 0) return wanted;
    const available = manifests.flatMap(({ platform }) =>
      platform ? [formatPlatform(normalisePlatform(platform))] : [],
    );
    throw new HoldfastError('PLATFORM_NOT_FOUND', { wanted: onlyPlatforms.map(formatPlatform).join(','), available });
  }

  /** What an index names: an image, an index, or anything else, which is one blob then. */
  async #copyMember(entry: Descriptor, depth: number): Promise<void> {
    if (!isManifestMediaType(entry.mediaType) && !isIndexMediaType(entry.mediaType)) return await this.#putBlob(entry);
    const member = await readDocument(this.#source, entry, 'a manifest of the index');
    await this.#copyChildren(member, depth + 1);
    await this.#destination.putDocument(asDocument(member), this.#putOptions());
    this.manifests++;
  }

  async #copyBlobs({ config, layers }: ImageManifest): Promise<void> {
    await this.#all([config, ...layers].map((blob) => () => this.#once(blob.digest, () => this.#putBlob(blob))));
  }

  async #putBlob(descriptor: Descriptor): Promise<void> {
    await this.#limit(async () => {
      this.#stop.signal.throwIfAborted();
      const { digest, size } = descriptor;
      using content = await this.#contentOf(descriptor);
      if (content === undefined) return;
      const outcome = await this.#destination.putBlob(descriptor, content, {
        ...this.#putOptions(descriptor),
        onProgress: (bytes) => {
          this.#options.onEvent?.({ kind: 'blob-progress', direction: 'upload', digest, bytes, totalBytes: size });
        },
      });
      this.#count(outcome, size);
      this.#options.onEvent?.({ kind: 'blob-done', digest, bytes: size, outcome });
    });
  }

  /** Foreign layers are had from elsewhere by whoever runs the image; images are copied without them. */
  async #contentOf(descriptor: Descriptor) {
    try {
      return await this.#source.content(descriptor);
    } catch (error) {
      if (isForeignLayerMediaType(descriptor.mediaType) && isHoldfastError(error, 'BLOB_MISSING')) return undefined;
      throw error;
    }
  }

  async #copyReferrers(subject: Digest, depth: number): Promise<void> {
    if (depth > maxIndexDepth) return;
    for (const entry of await this.#source.referrers(subject)) {
      if (this.#taken.has(entry.digest)) continue;
      await this.#once(entry.digest, () => this.#copyMember(entry, 1));
      this.referrers++;
      await this.#copyReferrers(entry.digest, depth + 1);
    }
  }

  #count(outcome: BlobOutcome, size: number): void {
    const { copied, existed, mounted, bytes } = this.blobs;
    if (outcome === 'existed' || outcome === 'reused') this.blobs = { ...this.blobs, existed: existed + 1 };
    else if (outcome === 'mounted') this.blobs = { ...this.blobs, mounted: mounted + 1 };
    else this.blobs = { ...this.blobs, copied: copied + 1, bytes: bytes + size };
  }

  #once(digest: Digest, take: () => Promise<void>): Promise<void> {
    const taking = this.#taken.get(digest) ?? take();
    this.#taken.set(digest, taking);
    return taking;
  }

  /** Runs all, one after the other where the order shows, and when one fails stops the others before it says so. */
  async #all(works: readonly (() => Promise<void>)[]): Promise<void> {
    if (this.#destination.isSequential) {
      for (const work of works) await work();
      return;
    }
    const failures: unknown[] = [];
    await Promise.all(
      works.map(async (work) => {
        try {
          await work();
        } catch (error) {
          failures.push(error);
          this.#stop.abort(error);
        }
      }),
    );
    if (failures.length > 0) throw failures[0];
  }

  #putOptions(blob?: Descriptor) {
    const { signal } = this.#options;
    return {
      signal: signal ? AbortSignal.any([signal, this.#stop.signal]) : this.#stop.signal,
      mountFrom: blob === undefined ? [] : this.#mountFrom(blob),
    };
  }

  #mountFrom(blob: Descriptor): readonly string[] {
    const { isSameRegistry, mountFrom } = this.#options;
    if (mountFrom !== undefined) return mountFrom(blob);
    const repository = isSameRegistry ? this.#source.repository?.repository : undefined;
    return repository === undefined ? [] : [repository];
  }
}

function asDocument({ bytes, digest, document }: VerifiedDocument): DestinationDocument {
  return { bytes, digest, mediaType: document.mediaType, document };
}

function fits({ platform }: Descriptor, wanted: readonly Platform[]): boolean {
  if (platform === undefined) return false;
  const found = normalisePlatform(platform);
  return wanted.some((one) => suitability(found, one) !== undefined);
}

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
import {
  type ImageSource,
  type OpenedContent,
  platformOfMember,
  readDocument,
  type VerifiedDocument,
} from '../image/index.ts';
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
  /** The destination took it over from a file of the same file system: it shares the bytes, or is one more name of it. */
  readonly shared: number;
  /** Bytes that were moved. */
  readonly bytes: number;
}

const defaultJobs = 4;

export class ImageCopy {
  blobs: CopiedBlobs = { copied: 0, existed: 0, mounted: 0, shared: 0, bytes: 0 };
  manifests = 0;
  referrers = 0;
  readonly #source: ImageSource;
  readonly #destination: ImageDestination;
  readonly #options: ImageCopyOptions;
  readonly #limit: ReturnType<typeof pLimit>;
  readonly #stop = new AbortController();
  /** Ends everything: it is told from outside, or one part has failed. */
  readonly #signal: AbortSignal;
  /** Each blob and document once, however often it is named. */
  readonly #taken = new Map<string, Promise<void>>();
  /** Of the platforms that are wanted, and of all. */
  #hasWanted = false;
  readonly #available = new Set<string>();

  constructor(source: ImageSource, destination: ImageDestination, options: ImageCopyOptions) {
    this.#source = source;
    this.#destination = destination;
    this.#options = options;
    this.#signal = options.signal ? AbortSignal.any([options.signal, this.#stop.signal]) : this.#stop.signal;
    this.#limit = pLimit(destination.isSequential ? 1 : (options.jobs ?? defaultJobs));
  }

  /** @throws the codes of source and destination, HOST_UNSUPPORTED where the destination cannot keep an index */
  async run(root: VerifiedDocument): Promise<Delivered> {
    this.#requireIndexes(root);
    await this.#copyChildren(root, 1);
    this.#requireWanted(root);
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
    const wanted = await this.#wantedEntries(document);
    await this.#all(wanted.map((entry) => () => this.#once(keyOf(entry), () => this.#copyMember(entry, depth))));
  }

  async #wantedEntries({ manifests }: ImageIndex): Promise<readonly Descriptor[]> {
    if (this.#options.onlyPlatforms.length === 0) return manifests;
    const wanted: Descriptor[] = [];
    for (const entry of manifests) if (await this.#isWanted(entry)) wanted.push(entry);
    return wanted;
  }

  /** Of an index inside the index it has to be seen what it has. */
  async #isWanted(entry: Descriptor): Promise<boolean> {
    if (isIndexMediaType(entry.mediaType)) return true;
    const platform = await platformOfMember(this.#source, entry);
    if (platform === undefined) return false;
    const found = normalisePlatform(platform);
    this.#available.add(formatPlatform(found));
    const isWanted = this.#options.onlyPlatforms.some((one) => suitability(found, one) !== undefined);
    this.#hasWanted ||= isWanted;
    return isWanted;
  }

  #requireWanted({ document }: VerifiedDocument): void {
    const { onlyPlatforms } = this.#options;
    if (document.kind === 'manifest' || onlyPlatforms.length === 0 || this.#hasWanted) return;
    const wanted = onlyPlatforms.map(formatPlatform).join(',');
    throw new HoldfastError('PLATFORM_NOT_FOUND', { wanted, available: [...this.#available] });
  }

  /** What an index names: an image, an index, or anything else, which is one blob then. */
  async #copyMember(entry: Descriptor, depth: number): Promise<void> {
    if (!isDocument(entry.mediaType)) return await this.#putBlob(entry);
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
      const outcome = await this.#hand(descriptor, content);
      this.#count(outcome, size);
      this.#options.onEvent?.({ kind: 'blob-done', digest, bytes: size, outcome });
    });
  }

  async #hand(descriptor: Descriptor, content: OpenedContent): Promise<BlobOutcome> {
    const { digest, size } = descriptor;
    try {
      return await this.#destination.putBlob(descriptor, content, {
        ...this.#putOptions(descriptor),
        onProgress: (bytes) => {
          this.#options.onEvent?.({ kind: 'blob-progress', direction: 'upload', digest, bytes, totalBytes: size });
        },
      });
    } catch (error) {
      await content.settle?.(error);
      throw error;
    }
  }

  /** Foreign layers are had from elsewhere by whoever runs the image; images are copied without them. */
  async #contentOf(descriptor: Descriptor) {
    try {
      return await this.#source.content(descriptor, this.#signal);
    } catch (error) {
      if (isForeignLayerMediaType(descriptor.mediaType) && isHoldfastError(error, 'BLOB_MISSING')) return undefined;
      throw error;
    }
  }

  async #copyReferrers(subject: Digest, depth: number): Promise<void> {
    if (depth > maxIndexDepth) return;
    for (const entry of await this.#source.referrers(subject)) {
      if (this.#taken.has(keyOf(entry))) continue;
      await this.#once(keyOf(entry), () => this.#copyMember(entry, 1));
      this.referrers++;
      await this.#copyReferrers(entry.digest, depth + 1);
    }
  }

  #count(outcome: BlobOutcome, size: number): void {
    const { copied, existed, mounted, shared, bytes } = this.blobs;
    if (outcome === 'existed' || outcome === 'reused') this.blobs = { ...this.blobs, existed: existed + 1 };
    else if (outcome === 'mounted') this.blobs = { ...this.blobs, mounted: mounted + 1 };
    else if (outcome === 'cloned' || outcome === 'linked') this.blobs = { ...this.blobs, shared: shared + 1 };
    else this.blobs = { ...this.blobs, copied: copied + 1, bytes: bytes + size };
  }

  #once(key: string, take: () => Promise<void>): Promise<void> {
    const taking = this.#taken.get(key) ?? take();
    this.#taken.set(key, taking);
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
    return {
      signal: this.#signal,
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

/** The same bytes may be a document in one place and a blob in another. */
function keyOf({ digest, mediaType }: Descriptor): string {
  return isDocument(mediaType) ? `document ${digest}` : digest;
}

function isDocument(mediaType: string): boolean {
  return isManifestMediaType(mediaType) || isIndexMediaType(mediaType);
}

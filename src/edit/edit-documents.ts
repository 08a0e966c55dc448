/** From the document of an image or an index to the edited one: every image of it, and then what names them. */
import pLimit from 'p-limit';
import { type Digest, HoldfastError, maxIndexDepth, type Note } from '../base/index.ts';
import { digestOf } from '../codec/index.ts';
import {
  type Image,
  imageIn,
  type ImageSource,
  isIndex,
  isManifest,
  readDocument,
  type VerifiedDocument,
  type VerifiedIndex,
  type VerifiedManifest,
} from '../image/index.ts';
import {
  type Descriptor,
  formatPlatform,
  type ImageDocument,
  isImageConfigMediaType,
  isIndexMediaType,
  isManifestMediaType,
  normalisePlatform,
  parseDocument,
  type Platform,
  suitability,
} from '../oci/index.ts';
import { isAttestation, subjectKey, subjectOf } from './attestations.ts';
import type { Edit, EditedImage } from './edit.ts';
import { documentsOf, pointedTo, stateOf } from './image-state.ts';
import { type JsonObject, objectAt, objectsAt, readObject, withKey, writeObject } from './json-object.ts';
import type { NewBlobs } from './new-blobs.ts';

export interface DocumentEditOptions {
  /** What the user called the source. */
  readonly reference: string;
  /** The images of an index that are edited; all when empty. */
  readonly onlyPlatforms: readonly Platform[];
  readonly keepAttestations: boolean;
  readonly onNote: (note: Note) => void;
  readonly signal: AbortSignal | undefined;
}

const documentsAtOnce = 4;

/** An image or an index, and what became of it. */
interface Edited {
  readonly document: VerifiedDocument;
  /** Of one image whose platform is another one now. */
  readonly platform?: JsonObject;
}

/** An entry of an index; undefined for one that goes. */
type Entry = JsonObject | undefined;

export class DocumentEdit {
  readonly images: EditedImage[] = [];
  readonly #source: ImageSource;
  readonly #edit: Edit;
  readonly #blobs: NewBlobs;
  readonly #options: DocumentEditOptions;
  /** Each once, however often an index names it. */
  readonly #done = new Map<Digest, Edited>();
  readonly #available = new Set<string>();

  constructor(source: ImageSource, edit: Edit, blobs: NewBlobs, options: DocumentEditOptions) {
    this.#source = source;
    this.#edit = edit;
    this.#blobs = blobs;
    this.#options = options;
  }

  /** @throws what the edit throws, PLATFORM_NOT_FOUND, LIMIT_EXCEEDED for deep indexes, every code of documents */
  async run(root: VerifiedDocument): Promise<VerifiedDocument> {
    if (isManifest(root)) return (await this.#editImage(root)).document;
    if (!isIndex(root)) throw new HoldfastError('BUG', { message: 'a document is neither a manifest nor an index' });
    const { onlyPlatforms } = this.#options;
    const edited = await this.#editIndex(root, 1);
    if (this.images.length === 0 && onlyPlatforms.length > 0) {
      const wanted = onlyPlatforms.map(formatPlatform).join(',');
      throw new HoldfastError('PLATFORM_NOT_FOUND', { wanted, available: [...this.#available] });
    }
    return edited;
  }

  async #editImage(manifest: VerifiedManifest): Promise<Edited> {
    await using image = await imageIn(this.#source, manifest, this.#options.reference);
    return await this.#editOpened(image, manifest);
  }

  async #editOpened(image: Image, manifest: VerifiedManifest): Promise<Edited> {
    this.#options.signal?.throwIfAborted();
    for (const note of image.notes) this.#options.onNote(note);
    const state = await this.#edit.image(image, stateOf(image));
    const documents = documentsOf(image, state);
    this.#blobs.addBytes(documents.config.digest, documents.config.bytes);
    const platform = platformOf(state.config);
    this.images.push({
      platform: formatPlatform(normalisePlatform(platform)),
      sourceDigest: manifest.digest,
      digest: documents.manifest.digest,
      layers: state.layers.map(({ digest, size, mediaType, diffId, origin }) => ({
        digest,
        size,
        mediaType,
        diffId,
        origin,
      })),
    });
    if (documents.manifest.digest === manifest.digest) return { document: manifest };
    const document = this.#take(documents.manifest.bytes, image.manifest.mediaType);
    const isSame = JSON.stringify(platform) === JSON.stringify(platformOf(readObject(image.configBytes)));
    return isSame ? { document } : { document, platform };
  }

  async #editIndex(index: VerifiedIndex, depth: number): Promise<VerifiedDocument> {
    if (depth > maxIndexDepth) {
      const limit = 'levels of indexes inside indexes';
      throw new HoldfastError('LIMIT_EXCEEDED', { limit, flag: '', value: String(maxIndexDepth) });
    }
    await this.#readAhead(index);
    const before = readObject(index.bytes);
    const raw = objectsAt(before, 'manifests');
    const entries: Entry[] = [];
    const changes = new Map<string, Digest>();
    for (const [at, descriptor] of index.document.manifests.entries()) {
      const entry = await this.#editEntry(descriptor, raw[at] ?? {}, depth);
      if (entry !== raw[at]) changes.set(descriptor.digest, entry['digest'] as Digest);
      entries.push(entry);
    }
    const kept = this.#attestations(index.document.manifests, entries, changes);
    const edited = withKey(before, 'manifests', kept);
    const { mediaType } = index.document;
    const whole = depth === 1 ? await this.#edit.index?.(edited, mediaType) : undefined;
    const bytes = writeObject(whole ?? edited, index.bytes);
    return bytes === index.bytes ? index : this.#take(bytes, mediaType);
  }

  /**
   * Images are edited one after the other, for each takes all processors where it takes any; their documents are fetched before,
   * several at once, into the local store. What is wrong with them is said when their turn comes.
   */
  async #readAhead({ document: { manifests } }: VerifiedIndex): Promise<void> {
    if (this.#source.repository === undefined) return;
    const limit = pLimit(documentsAtOnce);
    const wanted = manifests.filter((entry) => {
      const isOther = entry.platform && !this.#isWanted(normalisePlatform(entry.platform));
      return isManifestMediaType(entry.mediaType) && !isAttestation(entry) && !isOther;
    });
    const read = async (entry: Descriptor): Promise<void> => {
      const member = await readDocument(this.#source, entry, 'a manifest of the index');
      if (isManifest(member)) await this.#source.readBlob(member.document.config, 'the config');
    };
    await Promise.allSettled(wanted.map((entry) => limit(read, entry)));
  }

  async #editEntry(entry: Descriptor, raw: JsonObject, depth: number): Promise<JsonObject> {
    if (isAttestation(entry)) return raw;
    const known = this.#done.get(entry.digest);
    const edited = known ?? (await this.#editMember(entry, depth));
    if (edited === undefined) return raw;
    this.#done.set(entry.digest, edited);
    const { document, platform } = edited;
    if (document.digest === entry.digest) return raw;
    const pointed = pointedTo(raw, { digest: document.digest, size: document.bytes.length });
    return platform ? withKey(pointed, 'platform', platform) : pointed;
  }

  /** Undefined for what is no image, or is not to be edited. */
  async #editMember(entry: Descriptor, depth: number): Promise<Edited | undefined> {
    if (!isManifestMediaType(entry.mediaType) && !isIndexMediaType(entry.mediaType)) return undefined;
    // What an index says of an image need not be asked of the image, which may not even be here.
    if (entry.platform && !this.#isWanted(normalisePlatform(entry.platform))) return undefined;
    const member = await readDocument(this.#source, entry, 'a manifest of the index');
    if (isIndex(member)) return { document: await this.#editIndex(member, depth + 1) };
    if (!isManifest(member) || !isImageConfigMediaType(member.document.config.mediaType)) return undefined;
    await using image = await imageIn(this.#source, member, this.#options.reference);
    return entry.platform || this.#isWanted(image.platform) ? await this.#editOpened(image, member) : undefined;
  }

  #isWanted(found: Platform): boolean {
    const { onlyPlatforms } = this.#options;
    this.#available.add(formatPlatform(found));
    return onlyPlatforms.length === 0 || onlyPlatforms.some((wanted) => suitability(found, wanted) !== undefined);
  }

  /** Those of images that stayed as they were stay too. */
  #attestations(
    before: readonly Descriptor[],
    entries: readonly Entry[],
    changes: ReadonlyMap<string, Digest>,
  ): Entry[] {
    if (changes.size === 0) return [...entries];
    let count = 0;
    const { keepAttestations } = this.#options;
    const kept = entries.flatMap((entry = {}, at) => {
      const descriptor = before[at];
      if (descriptor === undefined || !isAttestation(descriptor)) return [entry];
      const subject = subjectOf(descriptor);
      const changed = subject === undefined ? undefined : changes.get(subject);
      if (subject !== undefined && changed === undefined) return [entry];
      count++;
      if (!keepAttestations) return [];
      return changed === undefined ? [entry] : [about(entry, changed)];
    });
    const code = keepAttestations ? 'ATTESTATIONS_STALE' : 'ATTESTATIONS_DROPPED';
    if (count > 0) this.#options.onNote({ code, detail: String(count) });
    return kept;
  }

  #take(bytes: Uint8Array, mediaType: ImageDocument['mediaType']): VerifiedDocument {
    const digest = digestOf(bytes);
    this.#blobs.addBytes(digest, bytes);
    return { bytes, digest, document: parseDocument(bytes, { mediaType, what: 'the edited document' }) };
  }
}

/** The attestation of an image, said of what that has become. */
function about(entry: JsonObject, subject: Digest): JsonObject {
  return withKey(entry, 'annotations', withKey(objectAt(entry, 'annotations'), subjectKey, subject));
}

/** As an entry of an index says it. */
function platformOf(config: JsonObject) {
  const { architecture = '', os = '', 'os.version': version, 'os.features': features, variant } = config;
  return {
    architecture: String(architecture),
    os: String(os),
    ...(typeof version === 'string' ? { 'os.version': version } : {}),
    ...(Array.isArray(features) ? { 'os.features': features as readonly unknown[] } : {}),
    ...(typeof variant === 'string' && variant !== '' ? { variant } : {}),
  };
}

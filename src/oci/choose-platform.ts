/** Choosing one image of an index (spec of `--platform`). */
import { type Digest, HoldfastError, maxIndexDepth, shortDigest } from '../base/index.ts';
import type { Descriptor } from './descriptor.ts';
import type { ImageIndex } from './documents.ts';
import { isIndexMediaType } from './media-types.ts';
import { type DocumentPlatform, formatPlatform, normalisePlatform, type Platform, suitability } from './platform.ts';

const mostListed = 50;

/** What the choice has to ask of whoever can read blobs. */
export interface IndexReader {
  /** An index inside the index; undefined when its blob is not there. */
  readIndex(descriptor: Descriptor): Promise<ImageIndex | undefined>;
  /** What the config of an image says; undefined for an artifact, or when blobs are not there. */
  readPlatform(descriptor: Descriptor): Promise<DocumentPlatform | undefined>;
}

/**
 * The image of an index, and of the indexes inside it, that suits a platform: the best variant that a machine of this
 * platform runs, among equals the first. Entries without a platform are judged by their config; `unknown/unknown`,
 * which marks attestations, never matches.
 *
 * @throws PLATFORM_NOT_FOUND with what there is
 * @throws LIMIT_EXCEEDED for indexes nested deeper than four
 */
export async function choosePlatform(index: ImageIndex, wanted: Platform, reader: IndexReader): Promise<Descriptor> {
  const choice = new Choice(wanted, reader);
  await choice.consider(index, 1);
  return choice.result();
}

class Choice {
  readonly #wanted: Platform;
  readonly #reader: IndexReader;
  /** Indexes and configs are read once each, however often an index names them. */
  readonly #seen = new Set<Digest>();
  readonly #judged = new Map<Digest, DocumentPlatform | undefined>();
  readonly #available = new Set<string>();
  #best: { readonly descriptor: Descriptor; readonly suitability: number } | undefined;

  constructor(wanted: Platform, reader: IndexReader) {
    this.#wanted = wanted;
    this.#reader = reader;
  }

  async consider(index: ImageIndex, depth: number): Promise<void> {
    if (depth > maxIndexDepth) {
      const limit = 'levels of indexes inside indexes';
      throw new HoldfastError('LIMIT_EXCEEDED', { limit, flag: '', value: String(maxIndexDepth) });
    }
    for (const entry of index.manifests) {
      if (isIndexMediaType(entry.mediaType)) await this.#considerIndex(entry, depth + 1);
      else await this.#considerImage(entry);
    }
  }

  result(): Descriptor {
    if (this.#best !== undefined) return this.#best.descriptor;
    throw new HoldfastError('PLATFORM_NOT_FOUND', {
      wanted: formatPlatform(this.#wanted),
      available: [...this.#available].slice(0, mostListed),
    });
  }

  async #considerIndex(entry: Descriptor, depth: number): Promise<void> {
    if (this.#seen.has(entry.digest)) return;
    this.#seen.add(entry.digest);
    const inner = await this.#reader.readIndex(entry);
    if (inner === undefined) this.#available.add(`index ${shortDigest(entry.digest)} (not here)`);
    else await this.consider(inner, depth);
  }

  async #considerImage(entry: Descriptor): Promise<void> {
    const platform = await this.#platformOf(entry);
    if (platform === undefined) return;
    const found = normalisePlatform(platform);
    if (found.os === 'unknown' && found.architecture === 'unknown') return;
    this.#available.add(formatPlatform(found));
    const suits = suitability(found, this.#wanted);
    if (suits !== undefined && suits > (this.#best?.suitability ?? -1)) {
      this.#best = { descriptor: entry, suitability: suits };
    }
  }

  async #platformOf(entry: Descriptor): Promise<DocumentPlatform | undefined> {
    const declared = entry.platform;
    if (declared !== undefined && (declared.os !== '' || declared.architecture !== '')) return declared;
    if (!this.#judged.has(entry.digest)) this.#judged.set(entry.digest, await this.#reader.readPlatform(entry));
    return this.#judged.get(entry.digest);
  }
}

/** What is in a store, as `store ls` shows it. */
import { type Digest } from '../base/index.ts';
import { type Descriptor, refNameOf } from '../oci/index.ts';
import { type ListedBlob, sumOf, takeInventory } from './inventory.ts';
import { readIndex } from './index-file.ts';
import type { Layout } from './layout.ts';
import type { LayoutStore } from './layout-store.ts';
import { layoutOf } from './open-layout-store.ts';
import { listPartials } from './partials.ts';
import { Reach } from './reach.ts';
import { formatNanoseconds, type UseRecord, useRecords } from './use-records.ts';

export interface StoredImage {
  /** Absent for an image without a name. */
  readonly name?: string;
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of everything it refers to that is here; images may share them. */
  readonly size: number;
  /** Whether everything it refers to is here. An index from which one platform was fetched is not complete. */
  readonly complete: boolean;
  /** Whether index.json names it. If not, it is here because it was used. */
  readonly listed: boolean;
  /** Seconds since 1970; of an image whose use was never recorded, when it arrived. */
  readonly lastUsed?: string;
}

export interface PartialDownload {
  readonly digest: Digest;
  /** Bytes that have arrived. */
  readonly bytes: number;
  /** Whether a process is at it. */
  readonly active: boolean;
  /** Seconds since 1970. */
  readonly modified: string;
}

export interface StoreReport {
  readonly directory: string;
  readonly images: readonly StoredImage[];
  readonly blobs: { readonly count: number; readonly bytes: number };
  readonly partials: readonly PartialDownload[];
}

/**
 * What a store holds: images with their names, blobs, and downloads that are not complete. Nothing is hashed; see
 * `checkStore`.
 *
 * @param store of `openLayoutStore` or `openLocalStore`
 * @throws STORE_INVALID, every code of documents for its index.json, HOST_REFUSED
 */
export function storeReport(store: LayoutStore): StoreReport {
  const layout = layoutOf(store);
  const { blobs } = takeInventory(layout);
  return {
    directory: store.directory,
    images: imagesIn(layout, blobs),
    blobs: sumOf(blobs.values()),
    partials: listPartials(layout).map(({ digest, bytes, active, modified }) => ({
      digest,
      bytes,
      active,
      modified: formatNanoseconds(modified),
    })),
  };
}

type Blobs = ReadonlyMap<Digest, ListedBlob>;

function imagesIn(layout: Layout, blobs: Blobs): StoredImage[] {
  const records = useRecords(layout);
  const entries = readIndex(layout.root).manifests;
  const names = new Set(entries.map((entry) => nameKey(entry.digest, refNameOf(entry))));
  const digests = new Set(entries.map((entry) => entry.digest));
  const listed = entries.map((entry) => imageOf(layout, blobs, records, { ...named(entry), listed: true }));
  const used = [...records.values()].flatMap(({ image, names: ownNames }) => {
    if (!blobs.has(image.digest)) return [];
    const others = ownNames.filter((name) => !names.has(nameKey(image.digest, name)));
    if (others.length === 0 && digests.has(image.digest)) return [];
    const all = others.length === 0 ? [undefined] : others;
    return all.map((name) => imageOf(layout, blobs, records, { ...image, ...nameOf(name), listed: false }));
  });
  return [...listed, ...used].sort((a, b) => compare(a.name ?? '\uffff', b.name ?? '\uffff'));
}

type Known = Pick<StoredImage, 'name' | 'digest' | 'mediaType' | 'listed'>;

function named(entry: Descriptor): Omit<Known, 'listed'> {
  return { ...nameOf(refNameOf(entry)), digest: entry.digest, mediaType: entry.mediaType };
}

function nameOf(name: string | undefined): { readonly name?: string } {
  return name === undefined ? {} : { name };
}

function nameKey(digest: Digest, name: string | undefined): string {
  return `${digest} ${name ?? ''}`;
}

function imageOf(
  layout: Layout,
  blobs: Blobs,
  records: ReadonlyMap<Digest, UseRecord>,
  { name, digest, mediaType, listed }: Known,
): StoredImage {
  const reach = new Reach(layout);
  reach.add(digest);
  const parts = [...reach.digests].map((part) => blobs.get(part));
  const size = parts.reduce((sum, part) => sum + (part?.size ?? 0), 0);
  const complete = parts.every((part) => part !== undefined);
  const used = lastUse(digest, blobs, records);
  const lastUsed = used === undefined ? {} : { lastUsed: formatNanoseconds(used) };
  return { ...nameOf(name), digest, mediaType, size, complete, listed, ...lastUsed };
}

/** Nanoseconds since 1970; of what has no record, when it arrived. */
export function lastUse(
  digest: Digest,
  blobs: Blobs,
  records: ReadonlyMap<Digest, Pick<UseRecord, 'used'>>,
): bigint | undefined {
  return records.get(digest)?.used ?? blobs.get(digest)?.changed;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

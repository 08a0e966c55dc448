/** Removes images that nobody has used for long, and what no image needs any more. */
import { type Digest, digestAlgorithm, digestHex, type OperationOptions } from '../base/index.ts';
import { type Descriptor, refNameOf } from '../oci/index.ts';
import { indexVersion, readIndex } from './index-file.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { type Layout, removalLock } from './layout.ts';
import type { LayoutStore } from './layout-store.ts';
import { claimedDigests } from './lease.ts';
import { lock, lockNow } from './lock.ts';
import { layoutOf } from './open-layout-store.ts';
import { listPartials } from './partials.ts';
import { Reach } from './reach.ts';
import { Referrers, subjectOf } from './referrers.ts';
import { lastUse } from './store-report.ts';
import { forgetUse, formatNanoseconds, useRecords } from './use-records.ts';

export interface GarbageOptions extends Pick<OperationOptions, 'signal'> {
  /** Images unused for more days than this go; without it, none does. */
  readonly unusedForDays?: number | undefined;
  /** Partial downloads that nothing was added to for more days than this go; 1 unless told otherwise. */
  readonly partialsForDays?: number | undefined;
  /** Only say what would go. */
  readonly dryRun?: boolean | undefined;
}

export interface RemovedImage {
  readonly name?: string;
  readonly digest: Digest;
  /** Seconds since 1970. */
  readonly lastUsed?: string;
}

export interface RemovedBlob {
  readonly digest: Digest;
  readonly bytes: number;
}

export interface GarbageReport {
  readonly directory: string;
  readonly dryRun: boolean;
  readonly images: readonly RemovedImage[];
  readonly blobs: readonly RemovedBlob[];
  readonly partials: readonly RemovedBlob[];
  readonly freedBytes: number;
}

const day = 24n * 3600n * 1_000_000_000n;
/** How long others wait for a claim at most while blobs are removed, in milliseconds. */
const longestHold = 50;

/**
 * Removes images that were not used for so many days, blobs that no image needs any more, and downloads that were given up.
 * Only with `unusedForDays` images go. Referrers stay as long as what they refer to.
 *
 * Other processes may use the store meanwhile: nothing goes that an open {@link LayoutStore} has asked for or was given,
 * nor a partial download that a process is at. Tools that know no leases must not write to the layout meanwhile.
 *
 * @param store of `openLayoutStore` or `openLocalStore`
 * @throws STORE_INVALID, STORE_BUSY, HOST_REFUSED, every code of documents for its index.json, the reason of the signal
 */
export async function collectGarbage(store: LayoutStore, options: GarbageOptions = {}): Promise<GarbageReport> {
  const { signal, dryRun = false } = options;
  signal?.throwIfAborted();
  const collection = new Collection(store, options);
  const images = dryRun ? collection.unusedImages() : await collection.dropImages(signal);
  const blobs = dryRun ? collection.unreached() : await collection.removeUnreached(signal);
  const partials = collection.oldPartials(dryRun);
  if (!dryRun) collection.forgetMissing();
  const freedBytes = [...blobs, ...partials].reduce((sum, { bytes }) => sum + bytes, 0);
  return { directory: store.directory, dryRun, images: images.map(described), blobs, partials, freedBytes };
}

interface UnusedImage {
  readonly entry: Pick<Descriptor, 'digest' | 'annotations'>;
  readonly used: bigint | undefined;
}

class Collection {
  readonly #store: LayoutStore;
  readonly #layout: Layout;
  readonly #inventory: Inventory;
  readonly #imageLimit: bigint | undefined;
  readonly #partialLimit: bigint;

  constructor(store: LayoutStore, { unusedForDays, partialsForDays = 1 }: GarbageOptions) {
    this.#store = store;
    this.#layout = layoutOf(store);
    this.#inventory = takeInventory(this.#layout);
    this.#imageLimit = unusedForDays === undefined ? undefined : daysAgo(unusedForDays);
    this.#partialLimit = daysAgo(partialsForDays);
  }

  /** Entries to be dropped, and used images that no entry names. */
  unusedImages(): UnusedImage[] {
    const records = useRecords(this.#layout);
    const entries = readIndex(this.#layout.root).manifests;
    const digests = new Set(entries.map(({ digest }) => digest));
    const kept = new Set(this.#keptEntries(entries));
    const unlisted = [...records.values()].filter(({ image }) => !digests.has(image.digest));
    return [
      ...entries
        .filter((entry) => !kept.has(entry))
        .map((entry) => ({ entry, used: lastUse(entry.digest, this.#inventory.blobs, records) })),
      ...unlisted.filter(({ used }) => this.#isOld(used)).map(({ image, used }) => ({ entry: image, used })),
    ];
  }

  async dropImages(signal: AbortSignal | undefined): Promise<UnusedImage[]> {
    const unused = this.unusedImages();
    if (unused.length === 0) return unused;
    // Judged again under the lock of the index, for some may have been used just now.
    await this.#store.update((entries) => this.#keptEntries(entries), signal);
    const records = useRecords(this.#layout);
    for (const { image, used } of records.values()) if (this.#isOld(used)) forgetUse(this.#layout, image.digest);
    const left = new Set(readIndex(this.#layout.root).manifests.map(keyOf));
    return unused.filter(({ entry }) => !left.has(keyOf(entry)));
  }

  /** What would go if the unused images were dropped. */
  unreached(): RemovedBlob[] {
    const reach = new Reach(this.#layout);
    for (const { digest } of this.#keptEntries(readIndex(this.#layout.root).manifests)) reach.add(digest);
    using _lock = lockNow(this.#layout.control(), removalLock);
    this.#addUsed(reach);
    this.#referrersBeyond(reach).addTo(reach);
    return [...this.#inventory.blobs.values()]
      .filter(({ digest, problem }) => problem === undefined && !reach.has(digest))
      .map(({ digest, size }) => ({ digest, bytes: size }));
  }

  /**
   * Most of the marking is done before the lock is taken, and the removing in portions: whoever claims a blob
   * meanwhile waits for moments, and is heeded from then on.
   */
  async removeUnreached(signal: AbortSignal | undefined): Promise<RemovedBlob[]> {
    const reach = new Reach(this.#layout);
    let version = this.#addEntries(reach, undefined);
    const referrers = this.#referrersBeyond(reach);
    referrers.addTo(reach);
    const candidates = [...this.#inventory.blobs.values()].filter(
      ({ digest, problem }) => problem === undefined && !reach.has(digest),
    );
    const removed: RemovedBlob[] = [];
    while (candidates.length > 0) {
      using _lock = await lock(this.#layout.control(), removalLock, signal);
      const deadline = Date.now() + longestHold;
      // Leases first: one that has ended was followed by its entry in the index.
      this.#addUsed(reach);
      version = this.#addEntries(reach, version);
      referrers.addTo(reach);
      do {
        const blob = candidates.pop();
        if (blob !== undefined && !reach.has(blob.digest) && this.#unlink(blob.digest)) {
          removed.push({ digest: blob.digest, bytes: blob.size });
        }
      } while (candidates.length > 0 && Date.now() < deadline);
    }
    return removed.reverse();
  }

  oldPartials(dryRun: boolean): RemovedBlob[] {
    const old: RemovedBlob[] = [];
    listPartials(this.#layout, ({ digest, bytes, modified }) => {
      if (modified > this.#partialLimit) return false;
      old.push({ digest, bytes });
      return !dryRun;
    });
    return old;
  }

  /** Records of images that are not here. */
  forgetMissing(): void {
    for (const digest of useRecords(this.#layout).keys()) {
      const there = this.#layout.blobs(digestAlgorithm(digest))?.look(digestHex(digest));
      if (there === undefined) forgetUse(this.#layout, digest);
    }
  }

  /** Those used lately, those in use, and what is about any of them. */
  #keptEntries(entries: readonly Descriptor[]): readonly Descriptor[] {
    if (this.#imageLimit === undefined) return entries;
    const records = useRecords(this.#layout);
    const inUse = this.#claimed();
    const isUsed = ({ digest }: Descriptor): boolean =>
      inUse.has(digest) || !this.#isOld(lastUse(digest, this.#inventory.blobs, records));
    const kept = new Set(entries.filter(isUsed));
    const reach = new Reach(this.#layout);
    for (const { digest } of kept) reach.add(digest);
    for (const { image, used } of records.values()) if (!this.#isOld(used)) reach.add(image.digest);
    const subjects = new Map(entries.map((entry) => [entry, subjectOf(this.#layout, entry)]));
    for (let before = -1; kept.size > before;) {
      before = kept.size;
      for (const [entry, subject] of subjects) {
        if (kept.has(entry) || subject === undefined || !reach.has(subject)) continue;
        kept.add(entry);
        reach.add(entry.digest);
      }
    }
    return entries.filter((entry) => kept.has(entry));
  }

  #claimed(): ReadonlySet<Digest> {
    using _lock = lockNow(this.#layout.control(), removalLock);
    return claimedDigests(this.#layout);
  }

  /** What runs, and what was used lately without being named. */
  #addUsed(reach: Reach): void {
    for (const digest of claimedDigests(this.#layout)) reach.add(digest);
    for (const { image, used } of useRecords(this.#layout).values()) if (!this.#isOld(used)) reach.add(image.digest);
  }

  #addEntries(reach: Reach, known: string | undefined): string | undefined {
    if (known !== undefined && indexVersion(this.#layout.root) === known) return known;
    const { manifests, version } = readIndex(this.#layout.root);
    for (const { digest } of manifests) reach.add(digest);
    return version;
  }

  #referrersBeyond(reach: Reach): Referrers {
    const blobs = [...this.#inventory.blobs.values()].filter(({ digest }) => !reach.has(digest));
    return new Referrers(this.#layout, blobs);
  }

  #isOld(used: bigint | undefined): boolean {
    return this.#imageLimit !== undefined && used !== undefined && used < this.#imageLimit;
  }

  #unlink(digest: Digest): boolean {
    return this.#layout.blobs(digestAlgorithm(digest))?.unlink(digestHex(digest)) ?? false;
  }
}

function daysAgo(days: number): bigint {
  return BigInt(Date.now()) * 1_000_000n - BigInt(Math.round(days * 1000)) * (day / 1000n);
}

function keyOf(entry: UnusedImage['entry']): string {
  return `${entry.digest} ${refNameOf(entry as Descriptor) ?? ''}`;
}

function described({ entry, used }: UnusedImage): RemovedImage {
  const name = refNameOf(entry as Descriptor);
  const lastUsed = used === undefined ? {} : { lastUsed: formatNanoseconds(used) };
  return { ...(name === undefined ? {} : { name }), digest: entry.digest, ...lastUsed };
}

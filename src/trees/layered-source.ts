/** Layers as an open tree: those of an image, or an archive as one layer. */
import os from 'node:os';
import { defaultLimits, type Digest, type Limits, type Note } from '../base/index.ts';
import { host, openUnnamedFile } from '../host/index.ts';
import type { Image } from '../image/index.ts';
import {
  type BodyDigests,
  layerRange,
  type LayerIndex,
  loadDigests,
  type OpenBody,
  type PendingLayer,
  readLayers,
  streamBodies,
} from '../layer/index.ts';
import { allFacts, type EntryTable, type Inode, type KnownFacts, type OnConflict, type Tree } from '../tree/index.ts';
import { digestOfRange } from './digest-of-range.ts';
import type { ContentOptions, FileDigests, OpenTree } from './open-tree.ts';

export interface Layered {
  readonly reference: string;
  readonly tree: Tree;
  /** Bottom first. */
  readonly indexes: readonly LayerIndex[];
  /** The same layers, numbered from 1. */
  readonly sources: readonly PendingLayer[];
  readonly notes: readonly Note[];
  readonly image?: Image;
  /** Everything, unless told otherwise. */
  readonly facts?: KnownFacts | undefined;
  readonly container?: OpenTree['container'] | undefined;
  readonly onConflict?: OnConflict | undefined;
  readonly limits?: Limits | undefined;
  /** Closes what the layers are read from. */
  readonly dispose: () => Promise<void> | void;
}

/**
 * Layers whose content is to be read are verified once more and kept, uncompressed, in unnamed temporary files: where they
 * are, somebody may change them after they were verified. Digests of content are kept in the cache.
 */
export class LayeredSource implements OpenTree {
  readonly facts: KnownFacts;
  readonly container?: NonNullable<OpenTree['container']>;
  readonly reference: string;
  readonly tree: Tree;
  readonly notes: readonly Note[];
  readonly image?: Image;
  readonly onConflict: OnConflict;
  readonly #layers: Layered;
  /** Open files with the uncompressed bytes, by layer number. */
  readonly #streams = new Map<number, number>();
  /** By layer number. */
  readonly #digests = new Map<number, BodyDigests>();

  constructor(layers: Layered) {
    this.#layers = layers;
    this.reference = layers.reference;
    this.tree = layers.tree;
    this.notes = layers.notes;
    this.onConflict = layers.onConflict ?? 'replace';
    this.facts = layers.facts ?? allFacts;
    if (layers.image) this.image = layers.image;
    if (layers.container) this.container = layers.container;
  }

  get layers(): readonly EntryTable[] {
    return this.#layers.indexes.map(({ table }) => table);
  }

  contentKey({ layer, row }: Inode): string | undefined {
    const index = this.#layers.indexes[layer - 1];
    return index && `${index.diffId} ${row}`;
  }

  async contentDigests(inodes: Iterable<Inode>, options: ContentOptions = {}): Promise<FileDigests> {
    const files = new Set(inodes);
    const digests = await this.#digestsOf(files, options);
    const others = new Map<Inode, Digest>();
    const left = [...files].filter(({ kind, size, layer, row }) => {
      return kind === 'file' && size > 0 && digests.get(layer)?.has(row) !== true;
    });
    await this.#read(left, options);
    for (const inode of left) others.set(inode, await digestOfRange(inode, this.#rangeOf(inode), options.signal));
    return { get: (inode) => others.get(inode) ?? digests.get(inode.layer)?.get(inode.row), problems: [] };
  }

  async openBodies(inodes: Iterable<Inode>, options: ContentOptions = {}): Promise<OpenBody> {
    await this.#read(inodes, options);
    return streamBodies((inode) => this.#rangeOf(inode));
  }

  readonly problems = [];

  isUnseen(): boolean {
    return false;
  }

  unreadable(): undefined {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#streams.values()) host.close(file);
    this.#streams.clear();
    await this.#layers.dispose();
  }

  /** By layer number. Layers of which they are not in the cache are read once more for them. */
  async #digestsOf(inodes: Iterable<Inode>, options: ContentOptions): Promise<ReadonlyMap<number, BodyDigests>> {
    const wanted = this.#layersOf(inodes, this.#digests);
    const missing = wanted.filter((source) => {
      const index = this.#layers.indexes[source.number - 1];
      const known = index && loadDigests(index);
      if (known) this.#digests.set(source.number, known);
      return known === undefined;
    });
    const limits = this.#layers.limits ?? defaultLimits;
    const read = await readLayers(missing, () => ({ kind: 'digests' }), { ...options, limits });
    for (const [at, { number }] of missing.entries()) {
      const digests = read[at]?.digests;
      if (digests) this.#digests.set(number, digests);
    }
    return this.#digests;
  }

  #rangeOf(inode: Inode) {
    return layerRange(inode, ({ layer }) => this.#streams.get(layer));
  }

  /** The layers that files are from and of which nothing is known yet. */
  #layersOf(inodes: Iterable<Inode>, known: ReadonlyMap<number, unknown>): PendingLayer[] {
    const wanted = new Set<number>();
    for (const { kind, size, layer } of inodes) if (kind === 'file' && size > 0) wanted.add(layer);
    return this.#layers.sources.filter(({ number }) => wanted.has(number) && !known.has(number));
  }

  async #read(inodes: Iterable<Inode>, options: ContentOptions): Promise<void> {
    const missing = this.#layersOf(inodes, this.#streams);
    if (missing.length === 0) return;
    const files = new Map<number, number>();
    try {
      const limits = this.#layers.limits ?? defaultLimits;
      await readLayers(missing, ({ number }) => ({ kind: 'stream', file: opened(files, number) }), {
        ...options,
        limits,
      });
    } catch (error) {
      for (const file of files.values()) host.close(file);
      throw error;
    }
    for (const [number, file] of files) this.#streams.set(number, file);
  }
}

function opened(files: Map<number, number>, number: number): number {
  const file = openUnnamedFile(os.tmpdir());
  files.set(number, file);
  return file;
}

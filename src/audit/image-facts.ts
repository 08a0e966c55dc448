/** One image as rules see it: its layers, the tree they make, and what they share between them. */
import { type ByteString, defaultLimits, type Digest, NoteList } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import type { LayerIndex } from '../layer/index.ts';
import { formatPlatform, type ImageConfig } from '../oci/index.ts';
import { checkLayers, loadIndexes, type RootfsOptions } from '../rootfs/index.ts';
import {
  applyLayer,
  emptyTree,
  inodes,
  type Inode,
  type LinkGroup,
  linkGroups,
  type RefusedRow,
  type Tree,
} from '../tree/index.ts';
import { contentDigests } from './content-digests.ts';
import { type DigestOf, type FileCopy, findCopies } from './copies.ts';
import { LayerFacts } from './layer-facts.ts';
import { type SplitLink, splitLinks } from './split-links.ts';

export class ImageFacts {
  readonly reference: string;
  /** Of the manifest. */
  readonly digest: Digest;
  /** Such as `linux/amd64`. */
  readonly platform: string;
  readonly config: ImageConfig;
  /** Bottom first. */
  readonly layers: readonly LayerFacts[];
  /** The tree of all layers, but for the rows that were refused. */
  readonly tree: Tree;
  readonly #digestOf: DigestOf | undefined;
  #copies: readonly FileCopy[] | undefined;
  #splitLinks: readonly SplitLink[] | undefined;
  #weight: Weight | undefined;
  #linkGroups: readonly LinkGroup[] | undefined;

  constructor(image: Image, layers: readonly LayerFacts[], digestOf?: DigestOf) {
    this.reference = image.reference;
    this.digest = image.manifestDigest;
    this.platform = formatPlatform(image.platform);
    this.config = image.config;
    this.layers = layers;
    this.#digestOf = digestOf;
    this.tree = layers.at(-1)?.after ?? emptyTree;
  }

  /** Of the tree of all layers. */
  get linkGroups(): readonly LinkGroup[] {
    return (this.#linkGroups ??= linkGroups(this.tree));
  }

  /** Files that hold the same as another, or, unless content was compared, seem to. */
  get copies(): readonly FileCopy[] {
    return (this.#copies ??= findCopies(this.tree, this.#digestOf));
  }

  /** Names that left their link group in a later layer, while others of it stayed. */
  get splitLinks(): readonly SplitLink[] {
    return (this.#splitLinks ??= [...splitLinks(this.layers)]);
  }

  /** Each name of a link group, with the layer that made its inode. */
  *linkNames(): Generator<{ readonly layer: number; readonly path: ByteString; readonly inode: Inode }> {
    for (const { inode, paths } of this.linkGroups) for (const path of paths) yield { layer: inode.layer, path, inode };
  }

  get weight(): Weight {
    return (this.#weight ??= weigh(this.tree));
  }
}

/** Bytes of all files. */
export interface Weight {
  /** Each inode once. */
  readonly bytes: number;
  /** Where every name of a hard link is a file of its own. */
  readonly bytesAsCopies: number;
}

export interface FactsOptions extends Omit<RootfsOptions, 'onConflict'> {
  /** Compare files by what they hold: layers of which that is not known yet are read for it. */
  readonly content?: boolean;
}

/**
 * Reads what is not in the cache, and lays the layers over each other as far as that goes.
 * @throws the codes of `readLayers`, DIFFID_MISMATCH, LIMIT_EXCEEDED
 */
export async function readImageFacts(image: Image, options: FactsOptions = {}): Promise<ImageFacts> {
  const limits = options.limits ?? defaultLimits;
  const indexes = await loadIndexes(image, options);
  checkLayers(image, indexes, limits);
  const layers: LayerFacts[] = [];
  for (const index of indexes) layers.push(layOver(layers.at(-1)?.after ?? emptyTree, index, options));
  const digestOf = options.content === true ? await contentDigests(image, layers, options) : undefined;
  return new ImageFacts(image, layers, digestOf);
}

function layOver(below: Tree, index: LayerIndex, { limits }: FactsOptions): LayerFacts {
  const notes = new NoteList();
  notes.addAll(index.notes);
  const refused: RefusedRow[] = [];
  const after = applyLayer(below, index.table, {
    ...(limits && { limits }),
    layerDigests: [index.digest],
    onNote: (note) => notes.add(note),
    onRefused: (row) => refused.push(row),
  });
  return new LayerFacts(index, { below, after }, { refused, notes: notes.notes });
}

function weigh(tree: Tree): Weight {
  const seen = new Set<Inode>();
  let bytes = 0;
  let bytesAsCopies = 0;
  for (const inode of inodes(tree)) {
    if (inode.kind !== 'file') continue;
    bytesAsCopies += inode.size;
    if (seen.has(inode)) continue;
    if (tree.linked.has(inode)) seen.add(inode);
    bytes += inode.size;
  }
  return { bytes, bytesAsCopies };
}

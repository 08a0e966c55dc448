/** One walk over both trees: what is missing, what is too much, which inodes differ, and which names are one inode. */
import type { ByteString } from '../base/index.ts';
import {
  type Aspect,
  compareInodes,
  type Inode,
  type InodeComparison,
  joinPath,
  type KnownFacts,
  type Tree,
} from '../tree/index.ts';

/** An inode of the image and what stands at some of its names. */
export interface InodePair {
  readonly paths: ByteString[];
  readonly image: Inode;
  readonly tree: Inode;
  /** In what they differ, content apart where it is undecided. */
  readonly aspects: readonly Aspect[];
  /** Only reading tells whether they hold the same bytes. */
  readonly isUndecided: boolean;
}

/** A name and the inode it leads to in the other tree. */
export interface OtherName {
  readonly path: ByteString;
  readonly other: Inode | undefined;
}

export interface ComparedTrees {
  /** Those that differ, or may. */
  readonly pairs: readonly InodePair[];
  /** Names without anything at them, by the inode of the image. */
  readonly missing: ReadonlyMap<Inode, readonly ByteString[]>;
  /** Names that the image does not have, by what stands there. */
  readonly extra: ReadonlyMap<Inode, readonly ByteString[]>;
  /** The names of every inode of the image that ever had several. */
  readonly imageLinks: ReadonlyMap<Inode, readonly OtherName[]>;
  /** The same of the tree. */
  readonly treeLinks: ReadonlyMap<Inode, readonly OtherName[]>;
  /** Names of either tree that were looked at. */
  readonly names: number;
  /** How many names of the image are no directories, by the layer of their inodes; undefined is none. */
  readonly namesByLayer: readonly (number | undefined)[];
}

/** @throws HOST_UNSUPPORTED for an id that a map does not cover */
export type OwnerOf = (image: Inode) => readonly [uid: number, gid: number];

export interface ComparisonOptions {
  readonly facts: KnownFacts;
  /** Who should own what the image says, where that is somebody else than the image says. */
  readonly ownerOf?: OwnerOf | undefined;
  /** Whether two files hold the same bytes without anybody reading them. */
  readonly isSurelySame: (image: Inode, tree: Inode) => boolean;
  /**
   * Which names in a directory are left out, with everything below them; undefined where none are. It is asked once for a
   * directory, and what it gives once for a name.
   */
  readonly leftOutIn: (directory: ByteString) => ((name: ByteString) => boolean) | undefined;
}

export function compareTrees(image: Tree, tree: Tree, options: ComparisonOptions): ComparedTrees {
  return new Walk(image, tree, options).run();
}

type Names<Value> = Map<Inode, Value[]>;
/** A directory of at least one of the two. */
interface Both {
  readonly path: ByteString;
  readonly image: Inode | undefined;
  readonly tree: Inode | undefined;
}

const none: ReadonlyMap<ByteString, Inode> = new Map();

class Walk implements ComparedTrees {
  readonly pairs: InodePair[] = [];
  readonly missing: Names<ByteString> = new Map();
  readonly extra: Names<ByteString> = new Map();
  readonly imageLinks: Names<OtherName> = new Map();
  readonly treeLinks: Names<OtherName> = new Map();
  readonly namesByLayer: (number | undefined)[] = [];
  names = 0;
  readonly #image: Tree;
  readonly #tree: Tree;
  readonly #options: ComparisonOptions;
  /** Without owners where somebody else than the image says should own what it says. */
  readonly #comparison: InodeComparison;
  /** Directories whose names are to be compared. */
  readonly #stack: Both[] = [];
  /** Of inodes with several names, so that content is not compared for each of them. */
  readonly #known = new Map<Inode, Map<Inode, InodePair | undefined>>();
  #isUndecided = false;

  constructor(image: Tree, tree: Tree, options: ComparisonOptions) {
    this.#image = image;
    this.#tree = tree;
    this.#options = options;
    const { facts, ownerOf } = options;
    const sameContent = (one: Inode, other: Inode): boolean => this.#leaveOpen(one, other);
    this.#comparison = { facts: ownerOf ? { ...facts, owner: false } : facts, sameContent };
  }

  run(): ComparedTrees {
    const nothing = '' as ByteString;
    this.#visit(nothing, nothing, this.#image.root, this.#tree.root);
    for (let next = this.#stack.pop(); next !== undefined; next = this.#stack.pop()) this.#visitNames(next);
    return this;
  }

  #visitNames({ path, image, tree }: Both): void {
    const [names, others] = [image?.children ?? none, tree?.children ?? none];
    const isLeftOut = this.#options.leftOutIn(path);
    let inBoth = 0;
    for (const [name, child] of names) {
      const other = others.get(name);
      if (other) inBoth++;
      if (isLeftOut?.(name) !== true) this.#visit(path, name, child, other);
    }
    if (inBoth === others.size) return;
    for (const [name, child] of others) {
      if (!names.has(name) && isLeftOut?.(name) !== true) this.#visit(path, name, undefined, child);
    }
  }

  /** Most names are of files that nobody need say anything of: their paths are not even put together. */
  #visit(directory: ByteString, name: ByteString, image: Inode | undefined, tree: Inode | undefined): void {
    this.names++;
    if (image && !image.children) this.#countInLayer(image);
    if (image?.children || tree?.children) this.#stack.push({ path: joinPath(directory, name), image, tree });
    if (image && tree && !this.#image.linked.has(image) && !this.#tree.linked.has(tree)) {
      const pair = this.#pairOf(image, tree);
      if (pair) this.#keep(pair, joinPath(directory, name));
      return;
    }
    const path = joinPath(directory, name);
    this.#meetLinks(path, image, tree);
    if (image && tree) this.#compareLinked(image, tree, path);
    else this.#lack(path, image, tree);
  }

  #countInLayer({ layer }: Inode): void {
    this.namesByLayer[layer] = (this.namesByLayer[layer] ?? 0) + 1;
  }

  #lack(path: ByteString, image: Inode | undefined, tree: Inode | undefined): void {
    if (image) add(this.missing, image, path);
    else if (tree) add(this.extra, tree, path);
  }

  #meetLinks(path: ByteString, image: Inode | undefined, tree: Inode | undefined): void {
    if (image && !image.children && this.#image.linked.has(image)) add(this.imageLinks, image, { path, other: tree });
    if (tree && !tree.children && this.#tree.linked.has(tree)) add(this.treeLinks, tree, { path, other: image });
  }

  #compareLinked(image: Inode, tree: Inode, path: ByteString): void {
    const known = this.#known.get(image) ?? new Map<Inode, InodePair | undefined>();
    if (this.#image.linked.has(image)) this.#known.set(image, known);
    if (known.has(tree)) return void known.get(tree)?.paths.push(path);
    const pair = this.#pairOf(image, tree);
    known.set(tree, pair);
    if (pair) this.#keep(pair, path);
  }

  #keep(pair: InodePair, path: ByteString): void {
    pair.paths.push(path);
    this.pairs.push(pair);
  }

  /** Without names yet; undefined where they are surely the same. */
  #pairOf(image: Inode, tree: Inode): InodePair | undefined {
    this.#isUndecided = false;
    const same = compareInodes(image, tree, this.#comparison);
    const aspects: readonly Aspect[] = this.#isOwnedByOther(image, tree) ? [...same, 'owner'] : same;
    const isUndecided = this.#isUndecided;
    return aspects.length > 0 || isUndecided ? { paths: [], image, tree, aspects, isUndecided } : undefined;
  }

  #isOwnedByOther(image: Inode, tree: Inode): boolean {
    const { facts, ownerOf } = this.#options;
    if (!facts.owner || ownerOf === undefined || image.kind !== tree.kind) return false;
    return !image.isUnlisted && !tree.isUnlisted && !isOwner(tree, ownerOf(image));
  }

  /** Two files are the same until somebody has read them. */
  #leaveOpen(image: Inode, tree: Inode): true {
    this.#isUndecided = !this.#options.isSurelySame(image, tree);
    return true;
  }
}

function isOwner({ uid, gid }: Inode, [wantedUid, wantedGid]: ReturnType<OwnerOf>): boolean {
  return uid === wantedUid && gid === wantedGid;
}

function add<Value>(map: Names<Value>, inode: Inode, value: Value): void {
  const values = map.get(inode);
  if (values) values.push(value);
  else map.set(inode, [value]);
}

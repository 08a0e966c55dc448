/** One walk over both trees: what is missing, what is too much, which inodes differ, and which names are one inode. */
import type { ByteString } from '../base/index.ts';
import { type Aspect, compareInodes, type Inode, joinPath, type KnownFacts, type Tree } from '../tree/index.ts';

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
  /** Of inodes with several names, so that content is not compared for each of them. */
  readonly #known = new Map<Inode, Map<Inode, InodePair | undefined>>();
  #isUndecided = false;

  constructor(image: Tree, tree: Tree, options: ComparisonOptions) {
    this.#image = image;
    this.#tree = tree;
    this.#options = options;
  }

  run(): ComparedTrees {
    const root = { path: '' as ByteString, image: this.#image.root, tree: this.#tree.root };
    this.#visitDirectory(root);
    const stack: Both[] = [root];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const { path, image, tree } = next;
      const isLeftOut = this.#options.leftOutIn(path);
      for (const [name, child] of image?.children ?? []) {
        if (isLeftOut?.(name) !== true) this.#visit(stack, path, [name, child, tree?.children?.get(name)]);
      }
      for (const [name, child] of tree?.children ?? []) {
        if (image?.children?.has(name) === true || isLeftOut?.(name) === true) continue;
        this.#visit(stack, path, [name, undefined, child]);
      }
    }
    return this;
  }

  /** Most names are of files that nobody need say anything of: their paths are not even put together. */
  #visit(
    stack: Both[],
    directory: ByteString,
    [name, image, tree]: readonly [ByteString, Inode | undefined, Inode | undefined],
  ): void {
    if (image?.children === undefined && tree?.children === undefined) {
      this.#visitOther(directory, name, image, tree);
      return;
    }
    const both = { path: joinPath(directory, name), image, tree };
    stack.push(both);
    this.#visitDirectory(both);
  }

  #visitDirectory({ path, image, tree }: Both): void {
    this.names++;
    if (image && !image.children) this.#countInLayer(image);
    this.#meetLinks(path, image, tree);
    if (image && tree) this.#compare(image, tree, () => path);
    else this.#lack(path, image, tree);
  }

  #visitOther(directory: ByteString, name: ByteString, image: Inode | undefined, tree: Inode | undefined): void {
    this.names++;
    const isLinked =
      (image && this.#image.linked.has(image)) === true || (tree && this.#tree.linked.has(tree)) === true;
    if (image) this.#countInLayer(image);
    if (image && tree && !isLinked) return this.#compare(image, tree, () => joinPath(directory, name));
    const path = joinPath(directory, name);
    this.#meetLinks(path, image, tree);
    if (image && tree) this.#compare(image, tree, () => path);
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

  #compare(image: Inode, tree: Inode, path: () => ByteString): void {
    if (!this.#image.linked.has(image)) {
      const pair = this.#pairOf(image, tree, path);
      if (pair) this.pairs.push(pair);
      return;
    }
    const known = this.#known.get(image) ?? new Map<Inode, InodePair | undefined>();
    this.#known.set(image, known);
    if (known.has(tree)) return void known.get(tree)?.paths.push(path());
    const pair = this.#pairOf(image, tree, path);
    known.set(tree, pair);
    if (pair) this.pairs.push(pair);
  }

  /** Undefined where they are surely the same. */
  #pairOf(image: Inode, tree: Inode, path: () => ByteString): InodePair | undefined {
    this.#isUndecided = false;
    const { facts, ownerOf } = this.#options;
    const comparison = { facts: ownerOf ? { ...facts, owner: false } : facts, sameContent: this.#sameContent };
    const same = compareInodes(image, tree, comparison);
    const isOther = facts.owner && ownerOf !== undefined && image.kind === tree.kind && !isOwner(tree, ownerOf(image));
    const aspects: readonly Aspect[] = isOther ? [...same, 'owner'] : same;
    const isUndecided = this.#isUndecided;
    return aspects.length > 0 || isUndecided ? { paths: [path()], image, tree, aspects, isUndecided } : undefined;
  }

  readonly #sameContent = (image: Inode, tree: Inode): boolean => {
    this.#isUndecided = !this.#options.isSurelySame(image, tree);
    return true;
  };
}

function isOwner({ uid, gid }: Inode, [wantedUid, wantedGid]: ReturnType<OwnerOf>): boolean {
  return uid === wantedUid && gid === wantedGid;
}

function add<Value>(map: Names<Value>, inode: Inode, value: Value): void {
  const values = map.get(inode);
  if (values) values.push(value);
  else map.set(inode, [value]);
}

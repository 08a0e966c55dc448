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
  /** Names of the image that are no directories, by the layer of their inodes. */
  readonly namesByLayer: ReadonlyMap<number, number>;
}

export interface ComparisonOptions {
  readonly facts: KnownFacts;
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
type Both = readonly [path: ByteString, image: Inode | undefined, tree: Inode | undefined];

class Walk implements ComparedTrees {
  readonly pairs: InodePair[] = [];
  readonly missing: Names<ByteString> = new Map();
  readonly extra: Names<ByteString> = new Map();
  readonly imageLinks: Names<OtherName> = new Map();
  readonly treeLinks: Names<OtherName> = new Map();
  readonly namesByLayer = new Map<number, number>();
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
    const stack: Both[] = [['' as ByteString, this.#image.root, this.#tree.root]];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const [path, image, tree] = next;
      this.#visit(path, image, tree);
      const isLeftOut = this.#options.leftOutIn(path);
      for (const [name, child] of image?.children ?? []) {
        if (isLeftOut?.(name) !== true) this.#enter(stack, [joinPath(path, name), child, tree?.children?.get(name)]);
      }
      for (const [name, child] of tree?.children ?? []) {
        if (image?.children?.has(name) === true || isLeftOut?.(name) === true) continue;
        this.#enter(stack, [joinPath(path, name), undefined, child]);
      }
    }
    return this;
  }

  /** Only directories wait for their turn: most names are of files. */
  #enter(stack: Both[], both: Both): void {
    const [path, image, tree] = both;
    if (image?.children || tree?.children) stack.push(both);
    else this.#visit(path, image, tree);
  }

  #visit(path: ByteString, image: Inode | undefined, tree: Inode | undefined): void {
    this.names++;
    if (image && !image.children) this.#countName(path, image, tree);
    if (tree && !tree.children && this.#tree.linked.has(tree)) add(this.treeLinks, tree, { path, other: image });
    if (image && tree) this.#compare(path, image, tree);
    else if (image) add(this.missing, image, path);
    else if (tree) add(this.extra, tree, path);
  }

  #countName(path: ByteString, image: Inode, tree: Inode | undefined): void {
    this.namesByLayer.set(image.layer, (this.namesByLayer.get(image.layer) ?? 0) + 1);
    if (this.#image.linked.has(image)) add(this.imageLinks, image, { path, other: tree });
  }

  #compare(path: ByteString, image: Inode, tree: Inode): void {
    if (!this.#image.linked.has(image)) {
      const pair = this.#pairOf(path, image, tree);
      if (pair) this.pairs.push(pair);
      return;
    }
    const known = this.#known.get(image) ?? new Map<Inode, InodePair | undefined>();
    this.#known.set(image, known);
    if (known.has(tree)) return void known.get(tree)?.paths.push(path);
    const pair = this.#pairOf(path, image, tree);
    known.set(tree, pair);
    if (pair) this.pairs.push(pair);
  }

  /** Undefined where they are surely the same. */
  #pairOf(path: ByteString, image: Inode, tree: Inode): InodePair | undefined {
    this.#isUndecided = false;
    const { facts } = this.#options;
    const aspects = compareInodes(image, tree, { facts, sameContent: this.#sameContent });
    const isUndecided = this.#isUndecided;
    return aspects.length > 0 || isUndecided ? { paths: [path], image, tree, aspects, isUndecided } : undefined;
  }

  readonly #sameContent = (image: Inode, tree: Inode): boolean => {
    this.#isUndecided = !this.#options.isSurelySame(image, tree);
    return true;
  };
}

function add<Value>(map: Names<Value>, inode: Inode, value: Value): void {
  const values = map.get(inode);
  if (values) values.push(value);
  else map.set(inode, [value]);
}

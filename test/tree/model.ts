/** A file tree to be changed as a running container changes its own: names that lead to nodes, and nothing of the engine. */
import {
  blockDevice,
  charDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  symlink,
} from '../../src/testing/index.ts';
import { expectedListing, type TreeListing } from '../cases/index.ts';

export const kinds = ['file', 'directory', 'symlink', 'char', 'block', 'fifo'] as const;
export type Kind = (typeof kinds)[number];

/** An inode; the same object under two names is a link group. Never changed, only replaced. */
export interface Node {
  readonly kind: Kind;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: { readonly seconds: number; readonly nanoseconds: number };
  readonly xattrs: Readonly<Record<string, string>>;
  /** The content of a file, the text of a symbolic link. */
  readonly text: string;
  /** The minor number of a device. */
  readonly minor: number;
}

const emptyRoot: Node = {
  kind: 'directory',
  mode: 0o755,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  xattrs: {},
  text: '',
  minor: 0,
};

export class Model {
  readonly #nodes: Map<string, Node>;

  constructor(from?: Model) {
    this.#nodes = new Map(from ? from.#nodes : [['', emptyRoot]]);
  }

  get paths(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  get(path: string): Node | undefined {
    return this.#nodes.get(path);
  }

  /** All names that lead to a node. */
  namesOf(node: Node): readonly string[] {
    return this.paths.filter((path) => this.#nodes.get(path) === node);
  }

  /** Whether something can be put at a path: below a directory, and not at the root. */
  hasRoomFor(path: string): boolean {
    return path !== '' && this.#nodes.get(parentOf(path))?.kind === 'directory';
  }

  /** Puts a node at a name, over whatever stood there. */
  put(path: string, node: Node): void {
    if (!this.hasRoomFor(path)) return;
    this.remove(path);
    this.#nodes.set(path, node);
  }

  /** Changes an inode under all its names; a directory keeps what it holds. */
  change(path: string, facts: Partial<Node>): void {
    const node = this.#nodes.get(path);
    if (node === undefined) return;
    const changed = { ...node, ...facts };
    for (const name of this.namesOf(node)) this.#nodes.set(name, changed);
  }

  /** Removes a name with everything below it. */
  remove(path: string): void {
    if (path === '') return;
    for (const other of this.paths) if (other === path || other.startsWith(`${path}/`)) this.#nodes.delete(other);
  }

  rename(from: string, to: string): void {
    const isInside = to === from || to.startsWith(`${from}/`) || from.startsWith(`${to}/`);
    if (from === '' || isInside || !this.hasRoomFor(to)) return;
    const moved = [...this.#nodes].filter(([path]) => path === from || path.startsWith(`${from}/`));
    this.remove(from);
    this.remove(to);
    for (const [path, node] of moved) this.#nodes.set(to + path.slice(from.length), node);
  }

  /**
   * The tree as the entries of one layer.
   * @param order gives each path a number; siblings are listed, and names of one inode chosen, by it
   */
  entries(order: (path: string) => number = () => 0): EntrySpec[] {
    const first = new Map<Node, string>();
    return this.#walkOrder(order).map((path) => {
      const node = this.#nodes.get(path) as Node;
      const target = first.get(node);
      if (target !== undefined) return linkOf(path, target, node);
      if (node.kind !== 'directory') first.set(node, path);
      return entryOf(path, node);
    });
  }

  listing(): TreeListing {
    return expectedListing(this.entries());
  }

  #walkOrder(order: (path: string) => number): string[] {
    const below = (path: string): string[] => [
      path,
      ...this.paths
        .filter((child) => child !== '' && parentOf(child) === path)
        .sort((a, b) => order(a) - order(b))
        .flatMap(below),
    ];
    return below('');
  }
}

export function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf('/'), 0));
}

function entryOf(path: string, node: Node): EntrySpec {
  const own = { mode: node.mode, uid: node.uid, gid: node.gid, mtime: node.mtime, xattrs: node.xattrs };
  switch (node.kind) {
    case 'file':
      return file(path, node.text, own);
    case 'directory':
      return directory(path === '' ? '.' : path, own);
    case 'symlink':
      return symlink(path, node.text || 'nowhere', own);
    case 'char':
      return charDevice(path, 1, node.minor, own);
    case 'block':
      return blockDevice(path, 1, node.minor, own);
    case 'fifo':
      return fifo(path, own);
  }
}

function linkOf(path: string, target: string, node: Node): EntrySpec {
  const { mode, uid, gid, mtime } = node;
  return hardlink(path, target, { mode, uid, gid, mtime });
}

/** A tree and what an overlay file system keeps of the changes to it, as one tree: what the mount shows. */
import { type ByteString, HoldfastError, type Limits } from '../base/index.ts';
import { EntryTableBuilder, Inode, inodes, joinPath, parentPath, type TableEntry, type Tree } from '../tree/index.ts';
import { MovedInodes } from './moved-inodes.ts';
import type { OverlayMarks } from './overlay-marks.ts';
import { type Place, placeBelow } from './redirect.ts';
import { ShownRows } from './shown-rows.ts';

export interface LayOptions {
  readonly marks: OverlayMarks;
  readonly hostXattrs: boolean;
  readonly limits: Limits;
  /** Paths of sockets in the upper directory: no tree has them, but they cover what is below. */
  readonly sockets: Iterable<ByteString>;
  readonly restored?: Restore | undefined;
}

/**
 * What an inode of the upper directory is, where its file system cannot show that.
 * @param below what it is seen instead of, under its name or redirected
 */
export type Restore = (inode: Inode, below: Place | undefined) => TableEntry | undefined;

export interface LaidUpper {
  readonly tree: Tree;
  /** From inodes that the upper directory has to those of its own tree. */
  readonly uppers: ReadonlyMap<Inode, Inode>;
  /** From inodes that are new, but whose content is below, to those there. */
  readonly contents: ReadonlyMap<Inode, Inode>;
}

/**
 * Costs the size of the upper directory and of what it moves, whatever the size of the base: what is not touched are the
 * inodes of the base.
 * @throws OVERLAY_INVALID, LIMIT_EXCEEDED
 */
export function layUpper(base: Tree, upper: Tree, options: LayOptions): LaidUpper {
  return new Laying(base, upper, options).run();
}

interface Frame {
  readonly path: ByteString;
  readonly upper: Inode;
  readonly below: Place | undefined;
  readonly children: Map<ByteString, Inode>;
}

/** Everything in an upper directory is one layer. */
const layer = 1;

class Laying {
  readonly #base: Tree;
  readonly #upper: Tree;
  readonly #marks: OverlayMarks;
  readonly #rows: ShownRows;
  readonly #moved: MovedInodes;
  readonly #sockets: ReadonlyMap<ByteString, readonly ByteString[]>;
  /** By inodes of the upper directory that are no directories. */
  readonly #made = new Map<Inode, Inode>();
  readonly #uppers = new Map<Inode, Inode>();
  readonly #contents = new Map<Inode, Inode>();
  readonly #restored: Restore | undefined;
  readonly #frames: Frame[] = [];

  constructor(base: Tree, upper: Tree, { marks, hostXattrs, limits, sockets, restored }: LayOptions) {
    this.#base = base;
    this.#upper = upper;
    this.#marks = marks;
    this.#restored = restored;
    this.#rows = new ShownRows(inodes(upper), (inode) => marks.shown(inode.xattrs, hostXattrs));
    this.#moved = new MovedInodes({ linked: base.linked, hostXattrs, limits });
    this.#sockets = Map.groupBy(sockets, parentPath);
  }

  run(): LaidUpper {
    const top = '' as ByteString;
    // The kernel looks at no mark of the root.
    const root = this.#makeDirectory(top, this.#upper.root, { path: top, inode: this.#base.root });
    for (let frame = this.#frames.pop(); frame !== undefined; frame = this.#frames.pop()) this.#fill(frame);
    const linked = [...this.#upper.linked].flatMap((inode) => this.#made.get(inode) ?? []);
    return {
      tree: { root, layers: this.#base.layers, linked: new Set([...this.#base.linked, ...linked]) },
      uppers: this.#uppers,
      contents: new Map([...this.#moved.contents, ...this.#contents]),
    };
  }

  #fill({ path, upper, below, children }: Frame): void {
    for (const [name, inode] of this.#seenFromBelow(path, upper, below)) children.set(name, inode);
    for (const socket of this.#sockets.get(path) ?? []) children.delete(baseName(socket));
    for (const [name, inode] of upper.children ?? []) {
      if (!this.#marks.isWhiteout(inode)) children.set(name, this.#make(joinPath(path, name), inode, below));
    }
  }

  #seenFromBelow(path: ByteString, upper: Inode, below: Place | undefined): Iterable<readonly [ByteString, Inode]> {
    const seen = [...(below?.inode.children ?? [])].filter(([name]) => upper.children?.has(name) !== true);
    return below?.path === path ? seen : this.#moved.copy(seen);
  }

  #make(path: ByteString, upper: Inode, above: Place | undefined): Inode {
    if (upper.kind === 'directory') {
      const below = this.#marks.isOpaque(upper) ? undefined : this.#below(path, upper, above);
      return this.#makeDirectory(path, upper, below?.inode.kind === 'directory' ? below : undefined);
    }
    const known = this.#made.get(upper);
    if (known !== undefined) return known;
    const isMetacopy = this.#marks.isMetacopy(upper);
    const below = isMetacopy ? this.#below(path, upper, above) : placeBelow(this.#base, path, undefined, above);
    const made = this.#makeInode(upper, below);
    this.#made.set(upper, made);
    if (isMetacopy) this.#takeContent(path, made, below);
    return made;
  }

  #below(path: ByteString, upper: Inode, above: Place | undefined): Place | undefined {
    return placeBelow(this.#base, path, this.#marks.redirect(upper), above);
  }

  #makeDirectory(path: ByteString, upper: Inode, below: Place | undefined): Inode {
    const isSame = below?.path === path && upper.children?.size === 0 && !this.#sockets.has(path);
    if (isSame) return this.#makeInode(upper, below, below.inode.children);
    const children = new Map<ByteString, Inode>();
    this.#frames.push({ path, upper, below, children });
    return this.#makeInode(upper, below, children);
  }

  #makeInode(upper: Inode, below: Place | undefined, children?: Inode['children']): Inode {
    const shown = this.#rows.of(upper);
    const entry = this.#restored?.(new Inode(shown.table, shown.row, layer), below);
    const { table, row } = entry === undefined ? shown : oneRow(entry);
    const made = new Inode(table, row, layer, children);
    this.#uppers.set(made, upper);
    return made;
  }

  #takeContent(path: ByteString, made: Inode, below: Place | undefined): void {
    const isOf = below?.inode.kind === 'file' && below.inode.size === made.size;
    if (!isOf) {
      const reason = 'it has only the attributes of a file whose content is not below';
      throw new HoldfastError('OVERLAY_INVALID', { path, reason });
    }
    if (made.size > 0) this.#contents.set(made, below.inode);
  }
}

function oneRow(entry: TableEntry): Pick<Inode, 'table' | 'row'> {
  const builder = new EntryTableBuilder();
  const row = builder.add(entry);
  return { table: builder.finish(), row };
}

function baseName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf('/') + 1) as ByteString;
}

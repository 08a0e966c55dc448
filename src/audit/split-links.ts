/** Names that leave their link group in a later layer, while others of it stay. */
import type { ByteString } from '../base/index.ts';
import { type Inode, inodes, joinPath, lookup, type Tree } from '../tree/index.ts';
import type { LayerFacts } from './layer-facts.ts';
import type { NamedInode } from './named-inodes.ts';

export interface SplitLink {
  /** The layer that takes the name away. */
  readonly layer: number;
  readonly path: ByteString;
  /** What the name belonged to. */
  readonly inode: Inode;
  /** What it is now; undefined where it is gone. */
  readonly now: Inode | undefined;
}

/** In no particular order. */
export function* splitLinks(layers: readonly LayerFacts[]): Generator<SplitLink> {
  for (const layer of layers) {
    if (layer.below.linked.size === 0) continue;
    const lost = [...lostNames(layer)];
    if (lost.length === 0) continue;
    const left = namedInodes(layer.after, new Set(lost.map(({ inode }) => inode)));
    for (const name of lost) if (left.has(name.inode)) yield name;
  }
}

/** Whether the other names of the group were written as links to this one. */
export function isBody({ path, inode }: Pick<SplitLink, 'path' | 'inode'>): boolean {
  return inode.table.name(inode.row) === path;
}

function* lostNames(layer: LayerFacts): Generator<SplitLink> {
  const { below, after, number } = layer;
  for (const { path, inode } of touchedNames(layer)) {
    if (!below.linked.has(inode)) continue;
    const now = lookup(after, path);
    if (now !== inode) yield { layer: number, path, inode, now };
  }
}

/** What a layer replaces or removes, with everything below it. */
function* touchedNames(layer: LayerFacts): Generator<NamedInode> {
  const { table, below } = layer;
  const seen = new Set<Inode>();
  for (let row = 0; row < table.length; row++) {
    const kind = table.kind(row);
    const inode = kind === 'opaque' ? lookup(below, table.name(row)) : layer.existing(row);
    if (inode === undefined || (kind === 'directory' && inode.children)) continue;
    yield* namesBelow({ path: table.name(row), inode }, seen);
  }
}

/** No directory twice, however many markers of a layer act on it. */
function* namesBelow(start: NamedInode, seen: Set<Inode>): Generator<NamedInode> {
  const stack = [start];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { path, inode } = entry;
    yield entry;
    if (inode.children === undefined || seen.has(inode)) continue;
    seen.add(inode);
    for (const [name, child] of inode.children) stack.push({ path: joinPath(path, name), inode: child });
  }
}

function namedInodes(tree: Tree, wanted: ReadonlySet<Inode>): Set<Inode> {
  const found = new Set<Inode>();
  for (const inode of inodes(tree)) if (wanted.has(inode)) found.add(inode);
  return found;
}

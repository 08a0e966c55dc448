/** Files that are the same in content and every attribute, made links of each other again: what they were is a guess. */
import { type ByteString, fromBytes } from '../base/index.ts';
import { createHasher } from '../codec/index.ts';
import type { LayerBodies } from '../edit/index.ts';
import { type OpenBody, storedSize } from '../layer/index.ts';
import { type Inode, sortByKey, type Tree, walk, withInodes } from '../tree/index.ts';
import type { Decision } from './decision.ts';

export interface Relinking {
  /** From 1; the layer whose files are looked at. */
  readonly number: number;
  readonly bodies: LayerBodies;
  /** The rule that asks for files of this layer only, and the one that asks for those of lower layers too, where chosen. */
  readonly within: string | undefined;
  readonly across: string | undefined;
}

interface File {
  readonly inode: Inode;
  readonly paths: ByteString[];
}

/** @throws the codes of `readLayers` */
export async function relinkLayer(
  tree: Tree,
  relinking: Relinking,
): Promise<{ readonly tree: Tree; readonly decisions: readonly Decision[] }> {
  const inodes = new Map<ByteString, Inode>();
  const decisions: Decision[] = [];
  for (const files of await equalFiles(candidates(tree, relinking), relinking)) {
    const [first, ...others] = files;
    const target = first?.paths[0];
    if (first === undefined || target === undefined) continue;
    for (const path of first.paths) inodes.set(path, first.inode);
    for (const { inode, paths } of others) {
      const rule = (inode.layer === first.inode.layer ? relinking.within : relinking.across) ?? '';
      for (const path of paths) {
        inodes.set(path, first.inode);
        decisions.push({ rule, layer: relinking.number, path, what: 'linked', target });
      }
    }
  }
  return { tree: withInodes(tree, inodes), decisions };
}

/** Files that are equal as far as metadata tells, those of the lowest layer first, each with all of its names. */
function candidates(tree: Tree, { number, across }: Relinking): readonly (readonly File[])[] {
  const files = new Map<Inode, File>();
  for (const { path, inode } of walk(tree)) {
    if (inode.kind !== 'file' || inode.size === 0 || (across === undefined && inode.layer !== number)) continue;
    const file = files.get(inode);
    if (file) file.paths.push(path);
    else files.set(inode, { inode, paths: [path] });
  }
  return [...Map.groupBy(files.values(), ({ inode }) => attributeKey(inode)).values()]
    .map((group) => group.toSorted((a, b) => a.inode.layer - b.inode.layer))
    .filter((group) => group.length > 1 && group.some(({ inode }) => inode.layer === number));
}

function attributeKey({ size, mode, uid, gid, mtime, xattrs, sparse }: Inode): string {
  const named = sortByKey(xattrs ?? [], ([name]) => name).map(([name, value]) => [name, fromBytes(value)]);
  return JSON.stringify([size, mode, uid, gid, mtime.seconds, mtime.nanoseconds, named, sparse ?? null]);
}

/** Those of the groups whose bytes are equal: one to link to, and files of the layer to link to it. */
async function equalFiles(groups: readonly (readonly File[])[], { number, within, bodies }: Relinking) {
  const files = groups.flat().filter(({ inode }) => storedSize(inode) > 0);
  await bodies.require(new Set(files.map(({ inode }) => inode.layer)));
  const { open } = bodies;
  const found: File[][] = [];
  for (const group of groups) {
    const equal = Map.groupBy(group, ({ inode }) => digestOf(inode, open));
    for (const same of equal.values()) {
      const [first, ...others] = same;
      const linked = others.filter(({ inode }) => inode.layer === number);
      const isWanted = first !== undefined && (within !== undefined || first.inode.layer < number);
      if (isWanted && linked.length > 0) found.push([first, ...linked]);
    }
  }
  return found;
}

function digestOf(inode: Inode, open: OpenBody): string {
  const hasher = createHasher('sha256');
  if (storedSize(inode) > 0) {
    const chunks = open(inode);
    if (Symbol.iterator in chunks) for (const chunk of chunks) hasher.update(chunk);
  }
  return hasher.digest();
}

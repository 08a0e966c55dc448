/** Copies paths of one tree into another: "Copy" of docs/layer-semantics.md. */
import { type ByteString, defaultLimits, type Limits } from '../base/index.ts';
import { type CopiedAttributes, CopiedInodes } from './copied-inodes.ts';
import { type CopyFact, CopyPlacement, type Place } from './copy-placement.ts';
import { type CopySource, findSources } from './copy-sources.ts';
import type { Inode } from './inode.ts';
import type { OnConflict } from './layer-placement.ts';
import { refuseConflicts } from './merge.ts';
import { lookup, type Tree } from './tree.ts';
import { TreeEdit } from './tree-edit.ts';

export interface CopyRequest extends CopiedAttributes {
  readonly from: Tree;
  /** Paths or globs, see {@link findSources}. A symbolic link is followed; a directory gives what it holds. */
  readonly sources: readonly ByteString[];
  /** Relative to the root whether it begins with "/" or not. */
  readonly dest: ByteString;
  /**
   * `follow` (unless told otherwise) goes through symbolic links to directories, `replace` goes by name, `error` goes by
   * name and replaces nothing.
   */
  readonly onConflict?: OnConflict | undefined;
  /** Whether what DEST holds goes first; DEST itself keeps its attributes. */
  readonly clear?: boolean | undefined;
  /** Whether the directories above a source come along, as names below DEST. */
  readonly parents?: boolean | undefined;
  /** Judges what is below a directory by its path relative to it, and a file by its name. */
  readonly isExcluded?: ((path: ByteString, inode: Inode) => boolean) | undefined;
  readonly limits?: Pick<Limits, 'maxEntries' | 'maxDepth'> | undefined;
}

export interface CopyResult {
  readonly tree: Tree;
  /** Where DEST is, by a name without links. */
  readonly dest: ByteString;
  readonly isDirectory: boolean;
  /** What of the tree copied into the result rests on: with the same facts, the same is put at the same places. */
  readonly facts: readonly CopyFact[];
  /** The inode of `from` that a copied file was made of, which has the content; any other inode is its own. */
  readonly contentOf: (inode: Inode) => Inode;
}

/**
 * Copies. Link groups within what is copied are kept, and nothing is linked to its source. The inodes that come in keep the
 * table and row of the source, by which their content is found, and count as a layer over the tree.
 * @throws PATH_NOT_FOUND for a source, SYMLINK_LOOP for DEST, CONFLICTS_REFUSED, NAME_TOO_LONG, LIMIT_EXCEEDED
 */
export function copyInto(tree: Tree, request: CopyRequest): CopyResult {
  const { from, onConflict = 'follow', isExcluded = () => false, limits = defaultLimits } = request;
  const sources = request.sources.flatMap((pattern) => findSources(from, pattern, { limits }));
  const copied = new CopiedInodes(from, sources, tree.layers + 1, request);
  const edit = new TreeEdit(tree);
  const placement = new CopyPlacement(edit, copied, { onConflict, limits, isExcluded });
  const names = placement.namesOf(request.dest);
  const dest = names.join('/') as ByteString;
  const isDirectory = destIsDirectory(tree, request, { dest, sources });
  if (isDirectory) {
    const place = placement.enterByName(names);
    if (request.clear === true) place.children.clear();
    for (const source of sources) copyBelow(placement, place, source, request.parents === true);
  } else {
    const place = placement.enterByName(names.slice(0, -1));
    for (const source of sources) placement.place(place, names.at(-1) ?? dest, source);
  }
  refuseConflicts(placement.conflicts);
  const { facts } = placement;
  return { tree: edit.finish(tree.layers + 1), dest, isDirectory, facts, contentOf: copied.contentOf };
}

function destIsDirectory(
  tree: Tree,
  request: CopyRequest,
  { dest, sources }: { readonly dest: ByteString; readonly sources: readonly CopySource[] },
): boolean {
  if (/(?:^|\/)\.{0,2}$/.test(request.dest) || dest === '' || request.parents === true) return true;
  if (sources.length !== 1 || sources.some(({ inode }) => inode.children)) return true;
  return lookup(tree, dest)?.children !== undefined;
}

function copyBelow(placement: CopyPlacement, dest: Place, source: CopySource, withParents: boolean): void {
  let place = dest;
  if (withParents) for (const { name, inode } of source.parents()) place = placement.enterParent(place, name, inode);
  if (source.inode.children && !(withParents && source.name !== '')) placement.placeContent(place, source);
  else placement.place(place, source.name, source);
}

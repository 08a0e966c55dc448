/** Merged trees on disk: an image that is known needs no layers laid over each other to be looked into. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import type { Limits, Note } from '../base/index.ts';
import {
  cacheDirectory,
  type ColumnFormat,
  decodeColumns,
  encodeColumns,
  type LayerIndex,
  readCacheFile,
  servesUnder,
  writeCacheFile,
} from '../layer/index.ts';
import { columnsOfTree, type OnConflict, type Tree, type TreeColumns, treeOfColumns } from '../tree/index.ts';

/** Fewer entries are laid over each other faster than a file is read. */
const fewEntries = 4096;

const format: ColumnFormat<TreeColumns> = {
  magic: 'holdfast tree 1\n',
  layout: [
    ['starts', Uint32Array],
    ['layer', Uint16Array],
    ['row', Uint32Array],
    ['first', Uint32Array],
    ['count', Uint32Array],
    ['link', Uint32Array],
    ['text', Uint8Array],
  ],
};

type TreeLimits = Pick<Limits, 'maxDepth' | 'maxEntries'>;

/** How a tree is made. */
export interface Making<Known = Limits> {
  readonly onConflict: OnConflict;
  readonly limits: Known;
}

interface Head {
  readonly limits: TreeLimits;
  /** How many entries each layer has. */
  readonly lengths: readonly number[];
  readonly notes: readonly Note[];
}

/** A tree with what was noted when it was made. */
export interface MergedTree {
  readonly tree: Tree;
  readonly notes: readonly Note[];
}

/** The tree that these layers make; undefined when it is not known, or was made under looser limits. */
export function loadTree(indexes: readonly LayerIndex[], { onConflict, limits }: Making): MergedTree | undefined {
  if (!isWorthIt(indexes)) return undefined;
  try {
    const decoded = decodeColumns(format, readCacheFile(fileOf(indexes, onConflict)));
    if (decoded === undefined) return undefined;
    // The checksum held, so this is what saveTree wrote.
    const { limits: known, lengths, notes } = decoded.head as Head;
    const isOfThese = indexes.every(({ table }, position) => table.length === lengths[position]);
    if (!isOfThese || !servesUnder<keyof TreeLimits>(limits, known)) return undefined;
    const tables = indexes.map(({ table }) => table);
    return { tree: treeOfColumns(decoded.columns, tables), notes };
  } catch {
    return undefined;
  }
}

/** Keeps a tree, where that is possible. */
export function saveTree(
  { tree, notes }: MergedTree,
  indexes: readonly LayerIndex[],
  { onConflict, limits: { maxDepth, maxEntries } }: Making<TreeLimits>,
): void {
  if (!isWorthIt(indexes)) return;
  const lengths = indexes.map(({ table }) => table.length);
  const head: Head = { limits: { maxDepth, maxEntries }, lengths, notes };
  writeCacheFile(fileOf(indexes, onConflict), () => encodeColumns(format, head, columnsOfTree(tree)));
}

function isWorthIt(indexes: readonly LayerIndex[]): boolean {
  return indexes.reduce((sum, { table }) => sum + table.length, 0) >= fewEntries;
}

/** Layers with the same DiffIDs have the same entries in the same rows. */
function fileOf(indexes: readonly LayerIndex[], onConflict: OnConflict): string {
  const key = JSON.stringify([onConflict, indexes.map(({ diffId }) => diffId)]);
  return path.join(cacheDirectory('trees'), `sha256-${createHash('sha256').update(key).digest('hex')}`);
}

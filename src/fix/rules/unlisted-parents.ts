import type { ByteString } from '../../base/index.ts';
import {
  type EntryTable,
  joinPath,
  lookup,
  newDirectoriesAbove,
  type TableEntry,
  tableEntryAt,
  type Tree,
} from '../../tree/index.ts';
import { type Draft, draftOf, type Step, type StudiedLayer } from '../draft.ts';
import type { Fault, Rule } from '../rule.ts';

/** apple/container refuses such a layer. */
export const unlistedParents: Rule = {
  id: 'P12',
  title: 'hard links whose parent directories the layer does not list before them',
  find: (layer) => faultsOf(layer, ({ holdsLink }) => holdsLink),
  amend: insertParents,
};

/** Overlay runtimes make such a directory anew, as 0755 and 0:0. Where it is just that, a layer is left as it is. */
export const lostAttributes: Rule = {
  id: 'P29',
  title: 'directories that lose their attributes because the layer does not list them',
  find: (layer) => faultsOf(layer, (_need, path) => !isPlain(layer.tree, path)),
  amend: insertParents,
};

function faultsOf(layer: StudiedLayer, isFault: (need: Need, path: ByteString) => boolean): readonly Fault[] {
  const found = [...unlisted(layer)].filter(([path, need]) => isFault(need, path));
  return found.map(([path, { row }]) => ({ path, row }));
}

/** Whether a directory is as a runtime makes one, but for its time. */
function isPlain(tree: Tree, path: ByteString): boolean {
  const { mode, uid, gid, xattrs } = lookup(tree, path) ?? tree.root;
  return mode === 0o755 && uid === 0 && gid === 0 && (xattrs?.size ?? 0) === 0;
}

interface Need {
  /** The first that needs the directory. */
  readonly row: number;
  holdsLink: boolean;
}

/** The directories above names of a layer that it does not list before them. */
function unlisted({ table, tree }: Pick<StudiedLayer, 'table' | 'tree'>): Map<ByteString, Need> {
  const listed = new Set<ByteString>();
  const found = new Map<ByteString, Need>();
  const [seen, seenByLinks] = [new Set<ByteString>(), new Set<ByteString>()];
  for (let row = 0; row < table.length; row++) {
    const path = nameOf(table, row);
    const holdsLink = table.kind(row) === 'hardlink';
    for (const above of newDirectoriesAbove(path, holdsLink ? seenByLinks : seen)) {
      if (listed.has(above)) continue;
      const need = found.get(above);
      if (need) need.holdsLink ||= holdsLink;
      else if (lookup(tree, above)?.children) found.set(above, { row, holdsLink });
    }
    if (table.kind(row) === 'directory') listed.add(path);
  }
  return found;
}

/** An opaque marker stands in its directory. */
function nameOf(table: EntryTable, row: number): ByteString {
  return table.kind(row) === 'opaque' ? joinPath(table.name(row), '.wh..wh..opq' as ByteString) : table.name(row);
}

/** Lists each directory where it is first needed, as the tree has it; a later entry for it goes. */
function insertParents(draft: Draft, _faults: readonly Fault[], { tree }: StudiedLayer): Draft {
  const missing = unlisted({ table: draft.table, tree });
  const before = Map.groupBy(missing, ([, need]) => need.row);
  const steps: Step[] = [];
  for (const [row, step] of draft.steps.entries()) {
    for (const [path] of before.get(row) ?? []) steps.push({ kind: 'said', entry: directoryEntry(tree, path) });
    const isLater = draft.table.kind(row) === 'directory' && missing.has(draft.table.name(row));
    if (!isLater) steps.push(step);
  }
  return draftOf(draft.archive, steps);
}

function directoryEntry(tree: Tree, path: ByteString): TableEntry {
  const { table, row } = lookup(tree, path) ?? tree.root;
  return { ...tableEntryAt(table, row), name: path, spelling: 0 };
}

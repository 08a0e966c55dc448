/** A tree as one layer: the difference to the empty tree. */
import { formatMode, HoldfastError, toDisplayText } from '../base/index.ts';
import { type LayerState, type Workshop, writtenLayer } from '../edit/index.ts';
import { diffTrees, emptyTree, type Inode, layerPlan, type PlannedEntry } from '../tree/index.ts';
import { refuseLossyDirectory } from '../record/index.ts';
import { openTree, type OpenTree, refuseUnknownFacts } from '../trees/index.ts';
import type { MergeOptions } from './merge-result.ts';

/**
 * @throws RECORD_UNUSABLE, FACTS_UNKNOWN for a tree that does not tell all that has to be in a layer, HOST_REFUSED for what cannot be read,
 * NAME_IS_MARKER, and every code of trees
 */
export async function treeLayer(reference: string, workshop: Workshop, options: MergeOptions): Promise<LayerState> {
  // What conflicts there are inside of it is not what was asked.
  const { onConflict, ...opening } = options;
  void onConflict;
  await using tree = await openTree(reference, opening);
  refuseUnknownFacts(tree);
  if (tree.directory !== undefined) refuseLossyDirectory(tree.directory);
  for (const note of tree.notes) workshop.note(note);
  noteProblems(tree, workshop);
  noteRoot(tree, workshop);
  const changes = diffTrees(emptyTree, tree.tree, { sameContent: () => false });
  const plan = layerPlan(emptyTree, tree.tree, changes);
  const open = await tree.openBodies(filesIn(plan), options);
  options.onEvent?.({ kind: 'phase', phase: 'write' });
  return await writtenLayer(plan, open, 'oci', { bench: workshop, options });
}

function filesIn(plan: readonly PlannedEntry[]): Inode[] {
  return plan.flatMap((entry) => (entry.kind === 'inode' && entry.inode.kind === 'file' ? [entry.inode] : []));
}

/** A layer that lacks something would look like one that does not; what no layer can have, or is not the tree's own, is told. */
function noteProblems({ problems, reference }: OpenTree, { note }: Workshop): void {
  for (const problem of problems) {
    const { kind, path } = problem;
    if (kind === 'socket') note({ code: 'SOCKET_LEFT_OUT', path });
    else if (kind === 'mount') note({ code: 'MOUNT_LEFT_OUT', path });
    else {
      const errno = kind === 'unreadable' ? problem.errno : 'ESTALE';
      const where = `${toDisplayText(path)} of ${reference}`;
      throw new HoldfastError('HOST_REFUSED', { operation: 'read', path: where, errno });
    }
  }
}

/** In a directory that somebody made for this, owner and mode are rarely meant for the root of an image. */
function noteRoot({ tree: { root }, reference }: OpenTree, { note }: Workshop): void {
  if (root.mode === 0o755 && root.uid === 0 && root.gid === 0) return;
  const facts = `${formatMode(root.mode)} ${root.uid}:${root.gid}`;
  note({ code: 'ROOT_CHANGED', detail: `${reference}: ${facts}` });
}

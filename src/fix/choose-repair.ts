/** How a layer is repaired: with as little changed as gives the tree that is wanted. */
import { HoldfastError, type Limits } from '../base/index.ts';
import {
  applyLayer,
  diffTrees,
  type Inode,
  isEmptyDiff,
  layerPlan,
  type PlannedEntry,
  type Tree,
} from '../tree/index.ts';
import type { Draft, StudiedLayer } from './draft.ts';
import type { Fault, Rule } from './rule.ts';

export type Repair =
  | { readonly kind: 'kept' }
  /** Other entries for some, all else as it stands in the archive. */
  | { readonly kind: 'amended'; readonly draft: Draft }
  /** The layer that turns the tree below into the tree that is wanted, and nothing else. */
  | { readonly kind: 'rewritten'; readonly plan: readonly PlannedEntry[] };

export interface FoundFaults {
  readonly rule: Rule;
  readonly faults: readonly Fault[];
}

/** What a layer is to turn into what. They are those of its study unless links are undone. */
export interface Aim {
  readonly lower: Tree;
  readonly tree: Tree;
  /** Whether the layer as it is in the archive gives the tree. */
  readonly isMet: boolean;
}

export interface RepairOptions {
  readonly rules: readonly Rule[];
  readonly limits: Limits;
}

export function findFaults(rules: readonly Rule[], layer: StudiedLayer): readonly FoundFaults[] {
  return rules.map((rule) => ({ rule, faults: rule.find(layer) })).filter(({ faults }) => faults.length > 0);
}

export function chooseRepair(
  layer: StudiedLayer,
  found: readonly FoundFaults[],
  aim: Aim,
  { rules, limits }: RepairOptions,
): Repair {
  if (found.length === 0 && aim.isMet) return { kind: 'kept' };
  const draft = amend(layer, found);
  if (draft !== undefined && suffices(draft, layer, aim, { rules, limits })) return { kind: 'amended', draft };
  const diff = diffTrees(aim.lower, aim.tree, { sameContent: sameRange });
  return { kind: 'rewritten', plan: layerPlan(aim.lower, aim.tree, diff) };
}

function amend(layer: StudiedLayer, found: readonly FoundFaults[]): Draft | undefined {
  let draft: Draft = layer;
  for (const { rule, faults } of found) {
    if (rule.amend === undefined) return undefined;
    draft = rule.amend(draft, faults, layer);
  }
  return draft;
}

/** Whether a draft gives the tree that is wanted, and leaves no fault. What cannot be laid does not. */
function suffices(draft: Draft, layer: StudiedLayer, aim: Aim, { rules, limits }: RepairOptions): boolean {
  try {
    const { tree } = laid(draft, aim.lower, limits);
    if (!isEmptyDiff(diffTrees(aim.tree, tree, { sameContent: sameRange }))) return false;
    return findFaults(rules, { ...layer, ...draft, ...laid(draft, layer.lower, limits) }).length === 0;
  } catch (error) {
    if (error instanceof HoldfastError && error.exit === 'image' && error.code !== 'LIMIT_EXCEEDED') return false;
    throw error;
  }
}

function laid(draft: Draft, lower: Tree, limits: Limits): Pick<StudiedLayer, 'tree' | 'notes'> {
  const notes: StudiedLayer['notes'][number][] = [];
  const tree = applyLayer(lower, draft.table, { limits, onNote: (note) => notes.push(note) });
  return { tree, notes };
}

/** Whether two files have their content from the same place of the same layer. */
export function sameRange(a: Inode, b: Inode): boolean {
  return a.layer === b.layer && a.table.dataOffset(a.row) === b.table.dataOffset(b.row);
}

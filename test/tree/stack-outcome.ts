/** A stack of layers through the engine, in memory, in the form in which the reference gives it. */
import assert from 'node:assert/strict';
import { type ByteString, isHoldfastError, type Note, NoteList } from '../../src/base/index.ts';
import { type EntrySpec, tarOf } from '../../src/testing/index.ts';
import {
  applyLayer,
  applyLayers,
  columnsOfTree,
  emptyTree,
  linkGroups,
  type OnConflict,
  type Tree,
  treeOfColumns,
} from '../../src/tree/index.ts';
import { type IndexedLayer, indexLayer, listingOfTree } from '../cases/apply-in-memory.ts';
import { assertSameTree, type TreeListing } from '../cases/index.ts';
import type { Outcome } from './reference-apply.ts';

export type Stack = readonly (readonly EntrySpec[])[];

/** The ways in which layers can be laid over each other; all must give the same. */
export type Way = (tables: readonly IndexedLayer['table'][], options: WayOptions) => Tree;

interface WayOptions {
  readonly onConflict: OnConflict;
  readonly onNote: (note: Note) => void;
}

export const atOnce: Way = (tables, options) => applyLayers(tables, options);
export const oneByOne: Way = (tables, options) =>
  tables.reduce((tree, table) => applyLayer(tree, table, options), emptyTree);

/** One by one, each time over a tree that was stored and read again. */
export const overStored: Way = (tables, options) => {
  const laid = tables.reduce(
    (tree, table, at) => applyLayer(stored(tree, tables.slice(0, at)), table, options),
    emptyTree,
  );
  return stored(laid, tables);
};

function stored(tree: Tree, tables: readonly IndexedLayer['table'][]): Tree {
  return treeOfColumns(columnsOfTree(tree), tables);
}

export interface WayOutcome {
  readonly outcome: Outcome;
  /** Sorted, because their order says nothing. */
  readonly notes: readonly string[];
}

export function engineApply(layers: Stack, onConflict: OnConflict = 'replace', way: Way = atOnce): WayOutcome {
  const notes = new NoteList();
  const outcome = outcomeOf(() => {
    const indexed = layers.map((layer) => indexLayer(tarOf(layer), { notes }));
    const tables = indexed.map(({ table }) => table);
    const tree = way(tables, { onConflict, onNote: (note) => notes.add(note) });
    const listing = listingOfTree(tree, indexed);
    assert.deepEqual(
      linkGroups(tree).map(({ paths }) => paths),
      groupsOf(listing),
    );
    return listing;
  });
  return { outcome, notes: notes.notes.map((note) => JSON.stringify(note)).sort() };
}

/** @throws an AssertionError that says how the two differ */
export function assertSameOutcome(actual: Outcome, expected: Outcome): void {
  const [found, wanted] = [errorOf(actual), errorOf(expected)];
  if (found !== wanted) throw new Error(`gives ${found ?? 'a tree'}, should give ${wanted ?? 'a tree'}`);
  if ('tree' in actual && 'tree' in expected) assertSameTree(actual.tree, expected.tree);
}

/** A stack as text, for the counterexamples of properties. */
export function shownStack(layers: Stack): string {
  const line = ({ kind, name, linkName }: EntrySpec): string => `  ${kind} ${name}${linkName && ` -> ${linkName}`}`;
  return layers.map((layer, at) => [`layer ${at + 1}`, ...layer.map(line)].join('\n')).join('\n');
}

/** The link groups of a listing, in the order of their first names as {@link linkGroups} gives them. */
function groupsOf(listing: TreeListing): (readonly ByteString[])[] {
  const inWalkOrder = (a: string, b: string): number => (a.replaceAll('/', '\0') < b.replaceAll('/', '\0') ? -1 : 1);
  const groups = [...listing].flatMap(([path, { group }]) => (group ? [[path, group] as const] : []));
  const sorted = groups.map(([, group]) => [...group].sort(inWalkOrder));
  const first = sorted.filter((group, at) => group[0] === groups[at]?.[0]);
  return first.sort(([a = ''], [b = '']) => inWalkOrder(a, b));
}

function outcomeOf(run: () => Extract<Outcome, { tree: unknown }>['tree']): Outcome {
  try {
    return { tree: run() };
  } catch (error) {
    if (isHoldfastError(error)) return { error: error.code };
    throw error;
  }
}

function errorOf(outcome: Outcome): string | undefined {
  return 'error' in outcome ? outcome.error : undefined;
}

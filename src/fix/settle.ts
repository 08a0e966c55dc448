/** What is meant by a layer that cannot be laid because a hard link comes before its target, or points to itself. */
import type { ByteString, Limits, Note } from '../base/index.ts';
import {
  applyLayer,
  type EntryTable,
  newDirectoriesAbove,
  type RefusedRow,
  type Tree,
  tableEntryAt,
} from '../tree/index.ts';
import type { Decision } from './decision.ts';
import { archivedDraft, type Draft, draftOf, type Step, type StudiedLayer } from './draft.ts';

export const lateTarget = 'P23';
export const selfTarget = 'P25';

export interface Settling {
  readonly number: number;
  readonly limits: Limits;
  /** The rules that may decide; what another one would have to decide is an error. */
  readonly isAllowed: (rule: string) => boolean;
}

export interface SettledLayer extends StudiedLayer {
  readonly decisions: readonly Decision[];
}

/**
 * Lays a layer as it is, where that can be done. Where it cannot, a link that comes before its target is bound at the end of
 * the layer, unless a later entry takes its name, and a link to itself is left out.
 * @throws the code for which the layer is refused, where that is something else
 */
export function settleLayer(lower: Tree, archive: EntryTable, settling: Settling): SettledLayer {
  const refused: RefusedRow[] = [];
  const asIs = lay(lower, archivedDraft(archive), settling, (row) => refused.push(row));
  if (refused.length === 0) return { ...asIs, decisions: [] };
  const { late, self } = sortRefused(archive, refused, settling);
  const taken = namesTakenLater(archive, late);
  const bound = targetsFirst(archive, late).filter((row) => !taken.has(row));
  const draft = draftOf(archive, orderedSteps(archive, new Set([...late, ...self]), bound));
  const decisions = [
    ...late.map((row) => decision(settling, archive, row, [lateTarget, taken.has(row) ? 'dropped' : 'bound'])),
    ...self.map((row) => decision(settling, archive, row, [selfTarget, 'dropped'])),
  ];
  return { ...lay(lower, draft, settling), decisions };
}

/** @param onRefused what cannot be laid is thrown where it is not given */
function lay(
  lower: Tree,
  draft: Draft,
  { number, limits }: Settling,
  onRefused?: (row: RefusedRow) => void,
): StudiedLayer {
  const notes: Note[] = [];
  const onNote = (note: Note): number => notes.push(note);
  const tree = applyLayer(lower, draft.table, { limits, onNote, ...(onRefused && { onRefused }) });
  return { ...draft, number, lower, tree, notes };
}

/** A link to a name that only a late link gives is late itself, though nothing of that name is in the tree yet. */
function sortRefused(archive: EntryTable, refused: readonly RefusedRow[], { isAllowed }: Settling) {
  const late: number[] = [];
  const self: number[] = [];
  const lateNames = new Set<ByteString>();
  for (const { row, error } of refused) {
    const isLate =
      error.code === 'LINK_TARGET_LATER' ||
      (error.code === 'LINK_TARGET_MISSING' && lateNames.has(archive.linkName(row)));
    if (isLate && isAllowed(lateTarget)) {
      late.push(row);
      lateNames.add(archive.name(row));
    } else if (error.code === 'LINK_TO_SELF' && isAllowed(selfTarget)) self.push(row);
    else throw error;
  }
  return { late, self };
}

/** The late links whose name, or a name below it, a later entry gives. */
function namesTakenLater(archive: EntryTable, late: readonly number[]): ReadonlySet<number> {
  const rowOf = new Map(late.map((row) => [archive.name(row), row]));
  const isLate = new Set(late);
  const lost = new Set<number>(late.filter((row) => rowOf.get(archive.name(row)) !== row));
  const seen = new Set<ByteString>();
  // From the end, so that a directory is first met where the last name goes through it.
  for (let row = archive.length - 1; row >= (late[0] ?? 0); row--) {
    const kind = archive.kind(row);
    if (isLate.has(row) || kind === 'whiteout' || kind === 'opaque') continue;
    const name = archive.name(row);
    for (const path of [...newDirectoriesAbove(name, seen), name]) {
      const earlier = rowOf.get(path);
      if (earlier !== undefined && earlier < row) lost.add(earlier);
    }
  }
  return lost;
}

/** Links to late links behind them. */
function targetsFirst(archive: EntryTable, late: readonly number[]): readonly number[] {
  const rowOf = new Map(late.map((row) => [archive.name(row), row]));
  const ordered = new Set<number>();
  for (const row of late) {
    const chain: number[] = [];
    const onChain = new Set<number>();
    for (let at: number | undefined = row; at !== undefined; at = rowOf.get(archive.linkName(at))) {
      if (ordered.has(at) || onChain.has(at)) break;
      chain.push(at);
      onChain.add(at);
    }
    for (const at of chain.reverse()) ordered.add(at);
  }
  return [...ordered];
}

function orderedSteps(archive: EntryTable, gone: ReadonlySet<number>, last: readonly number[]): readonly Step[] {
  const steps: Step[] = [];
  for (let row = 0; row < archive.length; row++) if (!gone.has(row)) steps.push({ kind: 'archived', row });
  for (const row of last) steps.push({ kind: 'said', entry: { ...tableEntryAt(archive, row), spelling: 0 } });
  return steps;
}

function decision(
  { number }: Settling,
  archive: EntryTable,
  row: number,
  [rule, what]: readonly [string, Decision['what']],
): Decision {
  return { rule, layer: number, path: archive.name(row), what, target: archive.linkName(row) };
}

/** A layer on its way from what its archive says to what it should say: its entries in order, some of them said anew. */
import type { ByteString, Note } from '../base/index.ts';
import { type EntryTable, EntryTableBuilder, lookup, type TableEntry, tableEntryAt, type Tree } from '../tree/index.ts';

/** An entry as it stands in the archive, to its last byte; or one without content that is said in another way or place. */
export type Step =
  | { readonly kind: 'archived'; readonly row: number }
  | {
      readonly kind: 'said';
      readonly entry: TableEntry;
      /** The row whose place it takes. */ readonly insteadOf?: number;
    };

/** Archived steps are in the order of the archive, each at most once. */
export interface Draft {
  /** Of the archive. */
  readonly archive: EntryTable;
  readonly steps: readonly Step[];
  /** One row for each step. */
  readonly table: EntryTable;
}

/** A draft with what it means over what lies below it. */
export interface StudiedLayer extends Draft {
  /** From 1, bottom first. */
  readonly number: number;
  readonly lower: Tree;
  /** What the draft makes of it. */
  readonly tree: Tree;
  /** What was noted while it was laid. */
  readonly notes: readonly Note[];
}

export function archivedDraft(archive: EntryTable): Draft {
  const steps = Array.from({ length: archive.length }, (_, row): Step => ({ kind: 'archived', row }));
  return { archive, steps, table: archive };
}

export function draftOf(archive: EntryTable, steps: readonly Step[]): Draft {
  const builder = new EntryTableBuilder();
  for (const step of steps) builder.add(step.kind === 'said' ? step.entry : tableEntryAt(archive, step.row));
  return { archive, steps, table: builder.finish() };
}

/** Whether names are directories of a tree; each is looked up once, since siblings need not follow each other. */
export function directoriesIn(tree: Tree): (path: ByteString) => boolean {
  const known = new Map<ByteString, boolean>();
  return (path) => {
    const is = known.get(path) ?? lookup(tree, path)?.children !== undefined;
    known.set(path, is);
    return is;
  };
}

import { type TableEntry, tableEntryAt } from '../tree/index.ts';
import { type Draft, draftOf, type Step } from './draft.ts';
import { linkBindings } from './link-bindings.ts';
import type { Fault } from './rule.ts';

/**
 * Says hard links as they should be: relative, to the name that carries the content, with the attributes of that. A draft
 * without inserted entries, so that its rows are those in which the faults were found.
 */
export function respellLinks(draft: Draft, faults: readonly Fault[]): Draft {
  const faulty = new Set(faults.map(({ row }) => row));
  const steps: Step[] = [...draft.steps];
  for (const { row, direct, body } of linkBindings(draft.table)) {
    if (!faulty.has(row)) continue;
    const said = tableEntryAt(draft.table, row);
    const linkName = direct ?? said.linkName;
    const entry = { ...said, ...attributesOf(draft, body), linkName, spelling: 0 };
    const step = steps[row];
    const insteadOf = step?.kind === 'archived' ? step.row : step?.insteadOf;
    steps[row] = { kind: 'said', entry, ...(insteadOf === undefined ? {} : { insteadOf }) };
  }
  return draftOf(draft.archive, steps);
}

function attributesOf({ table }: Draft, body: number | undefined): Partial<TableEntry> {
  if (body === undefined) return {};
  return {
    mode: table.mode(body),
    uid: table.uid(body),
    gid: table.gid(body),
    mtime: table.mtime(body),
    xattrs: table.xattrs(body),
  };
}

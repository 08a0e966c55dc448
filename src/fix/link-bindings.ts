/** What the hard links of one layer are bound to, as far as names tell: names behind its own symbolic links are not resolved. */
import type { ByteString } from '../base/index.ts';
import type { EntryTable } from '../tree/index.ts';

export interface LinkBinding {
  readonly row: number;
  /** The row that carries what the link is to; undefined where no row before it does. */
  readonly body: number | undefined;
  /** The name of that row, where it still leads there; a link can be to it directly. */
  readonly direct: ByteString | undefined;
  /** The target is a hard link of the layer itself. */
  readonly isChained: boolean;
}

/** Several rules ask. */
const known = new WeakMap<EntryTable, readonly LinkBinding[]>();

/** One for each hard link, in the order of the table. */
export function linkBindings(table: EntryTable): readonly LinkBinding[] {
  const bindings = known.get(table) ?? readBindings(table);
  known.set(table, bindings);
  return bindings;
}

function readBindings(table: EntryTable): readonly LinkBinding[] {
  const bindings: LinkBinding[] = [];
  /** The row that gave a name, and the row of what it leads to. */
  const given = new Map<ByteString, { readonly row: number; readonly body: number | undefined }>();
  for (let row = 0; row < table.length; row++) {
    const kind = table.kind(row);
    if (kind === 'whiteout' || kind === 'opaque') continue;
    if (kind !== 'hardlink') {
      given.set(table.name(row), { row, body: row });
      continue;
    }
    const target = given.get(table.linkName(row));
    const body = target?.body;
    const name = body === undefined ? undefined : table.name(body);
    const direct = name !== undefined && given.get(name)?.body === body ? name : undefined;
    bindings.push({ row, body, direct, isChained: target !== undefined && table.kind(target.row) === 'hardlink' });
    given.set(table.name(row), { row, body });
  }
  return bindings;
}

import type { ByteString } from '../base/index.ts';
import type { CopySource } from './copy-sources.ts';
import { EntryTableBuilder } from './entry-table-builder.ts';
import type { EntryTable } from './entry-table.ts';
import type { Inode } from './inode.ts';
import type { ModeChange } from './mode-change.ts';
import { tableEntryOf } from './table-entry.ts';
import type { Tree } from './tree.ts';
import type { Attributes } from './tree-edit.ts';

export interface CopiedAttributes {
  /** Each where it is not the source's. */
  readonly owner?: { readonly uid?: number; readonly gid?: number } | undefined;
  /** Of everything but symbolic links. */
  readonly mode?: ModeChange | undefined;
}

interface WantedAttributes extends CopiedAttributes {
  /** Whether the directories above sources are copied too. */
  readonly parents?: boolean | undefined;
}

/** Where the attributes of copied inodes stand, and which of them are one inode. */
export class CopiedInodes {
  /** That of every copied inode. */
  readonly layer: number;
  readonly #linked: ReadonlySet<Inode>;
  /** Made where attributes are not the sources'. */
  readonly #changed: { readonly table: EntryTable; readonly rows: ReadonlyMap<Inode, number> } | undefined;
  readonly #originals: readonly Inode[];
  /** Files that keep their row, by it. */
  readonly #unchanged = new Map<EntryTable, Map<number, Inode>>();
  readonly #copies = new Map<Inode, { readonly inode: Inode; readonly paths: Set<ByteString> }>();

  constructor(from: Tree, sources: readonly CopySource[], layer: number, attributes: WantedAttributes) {
    this.layer = layer;
    this.#linked = from.linked;
    const isChanged = attributes.owner !== undefined || attributes.mode !== undefined;
    const rows = isChanged ? rowsOf(sources, attributes.parents === true) : new Map<Inode, number>();
    this.#originals = [...rows.keys()];
    this.#changed = isChanged ? { table: changedTable(this.#originals, attributes), rows } : undefined;
  }

  /** The attributes that a copy gets. */
  attributesOf(source: Inode): Attributes {
    const row = this.#changed?.rows.get(source);
    if (this.#changed && row !== undefined) return { table: this.#changed.table, row, layer: this.layer };
    if (source.kind === 'file') this.#keepSource(source);
    return { table: source.table, row: source.row, layer: this.layer };
  }

  /** The copy of which this is one more name: of a linked inode that was copied from another of its names. */
  earlierCopy(source: Inode, path: ByteString): Inode | undefined {
    const copy = this.#copies.get(source);
    return copy?.paths.has(path) === false ? copy.inode : undefined;
  }

  /** Remembers what became of a name; a name that is copied once more begins a group of its own. */
  remember(source: Inode, path: ByteString, inode: Inode): void {
    if (!this.#linked.has(source)) return;
    const copy = this.#copies.get(source);
    if (copy?.inode === inode) copy.paths.add(path);
    else this.#copies.set(source, { inode, paths: new Set([path]) });
  }

  /** The inode that a copied file was made of; any other inode is its own. */
  readonly contentOf = (inode: Inode): Inode => {
    if (inode.table === this.#changed?.table) return this.#originals[inode.row] ?? inode;
    return this.#unchanged.get(inode.table)?.get(inode.row) ?? inode;
  };

  #keepSource(source: Inode): void {
    const rows = this.#unchanged.get(source.table);
    if (rows) rows.set(source.row, source);
    else this.#unchanged.set(source.table, new Map([[source.row, source]]));
  }
}

function rowsOf(sources: readonly CopySource[], withParents: boolean): Map<Inode, number> {
  const rows = new Map<Inode, number>();
  const stack = sources.map(({ inode }) => inode);
  for (let inode = stack.pop(); inode !== undefined; inode = stack.pop()) {
    if (rows.has(inode)) continue;
    rows.set(inode, rows.size);
    for (const child of inode.children?.values() ?? []) stack.push(child);
  }
  const above = withParents ? sources.flatMap(({ parents }) => parents()) : [];
  for (const { inode } of above) if (!rows.has(inode)) rows.set(inode, rows.size);
  return rows;
}

function changedTable(originals: readonly Inode[], { owner, mode }: CopiedAttributes): EntryTable {
  const builder = new EntryTableBuilder();
  for (const inode of originals) {
    const entry = tableEntryOf(inode, '' as ByteString);
    const isLink = inode.kind === 'symlink';
    builder.add({
      ...entry,
      uid: owner?.uid ?? entry.uid,
      gid: owner?.gid ?? entry.gid,
      mode: isLink || mode === undefined ? entry.mode : mode(entry.mode, inode.kind === 'directory'),
    });
  }
  return builder.finish();
}

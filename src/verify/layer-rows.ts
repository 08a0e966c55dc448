/** What layers say of some names: entries, links to and from them, and markers that remove them. */
import type { ByteString } from '../base/index.ts';
import { type EntryTable, parentPath } from '../tree/index.ts';

/** One entry of one layer. */
export interface LayerRow {
  /** From 1, bottom first. */
  readonly layer: number;
  readonly table: EntryTable;
  readonly row: number;
}

/** Somebody may link thousands of names, and change every one of them. */
const mostAliases = 100;

export class LayerRows {
  readonly #tables: readonly EntryTable[];
  readonly #entries = new Map<ByteString, LayerRow[]>();
  /** Hard links by their targets. */
  readonly #linksTo = new Map<ByteString, LayerRow[]>();
  /** Layers by what their markers remove. */
  readonly #whiteouts = new Map<ByteString, number[]>();
  readonly #opaque = new Map<ByteString, number[]>();
  /** Directories by the topmost layer that has something in them, or further down. */
  #reached: ReadonlyMap<ByteString, number> | undefined;

  /** Reads the tables once, for these names and the targets of links with these names. */
  constructor(tables: readonly EntryTable[], names: ReadonlySet<ByteString>) {
    this.#tables = tables;
    if (names.size === 0) return;
    const targets = new Set<ByteString>();
    for (const { table, row } of this.#rows()) {
      if (table.kind(row) === 'hardlink' && names.has(table.name(row))) targets.add(table.linkName(row));
    }
    const wanted = new Set([...names, ...targets]);
    for (const one of this.#rows()) this.#take(one, wanted);
  }

  /** Whether a name stands in a layer, markers apart; bottom first. */
  entries(path: ByteString): readonly LayerRow[] {
    return this.#entries.get(path) ?? [];
  }

  /** The entry that gave a name its inode in the end, as far as layers name it. */
  last(path: ByteString): LayerRow | undefined {
    return this.entries(path).at(-1);
  }

  /** Where that is a hard link. */
  lastLink(path: ByteString): LayerRow | undefined {
    const last = this.last(path);
    return last && last.table.kind(last.row) === 'hardlink' ? last : undefined;
  }

  /** Names that were, in some layer, links of one inode with this one; of very many some. */
  aliases(path: ByteString): readonly ByteString[] {
    const targets = new Set([path]);
    for (const { table, row } of this.entries(path).slice(-mostAliases))
      if (table.kind(row) === 'hardlink') targets.add(table.linkName(row));
    const names = new Set(targets);
    for (const target of targets) {
      for (const { table, row } of (this.#linksTo.get(target) ?? []).slice(0, mostAliases)) names.add(table.name(row));
    }
    names.delete(path);
    return [...names];
  }

  /** The layer that removes what a layer below lists. */
  removal(path: ByteString): { readonly layer: number; readonly removed: LayerRow } | undefined {
    const removed = this.last(path);
    if (removed === undefined) return undefined;
    const layers = [...(this.#whiteouts.get(path) ?? [])];
    for (let at = path; at !== '';) {
      at = parentPath(at);
      layers.push(...(this.#whiteouts.get(at) ?? []), ...(this.#opaque.get(at) ?? []));
    }
    const above = layers.filter((layer) => layer > removed.layer).sort((a, b) => a - b);
    return above[0] === undefined ? undefined : { layer: above[0], removed };
  }

  /** Whether the topmost layer that has something in a directory says nothing of the directory itself. */
  isUnlisted(directory: ByteString): boolean {
    this.#reached ??= this.#topmostLayers();
    const layer = this.#reached.get(directory);
    return layer !== undefined && !this.entries(directory).some((entry) => entry.layer === layer);
  }

  /** Whether a layer has a marker that removes this name. */
  isMarked(path: ByteString): boolean {
    return this.#whiteouts.has(path);
  }

  #topmostLayers(): ReadonlyMap<ByteString, number> {
    const reached = new Map<ByteString, number>();
    for (const { layer, table, row } of this.#rows()) {
      for (let at = table.name(row); at !== '';) {
        at = parentPath(at);
        if (reached.get(at) === layer) break;
        reached.set(at, layer);
      }
    }
    return reached;
  }

  *#rows(): Generator<LayerRow> {
    for (const [at, table] of this.#tables.entries()) {
      for (let row = 0; row < table.length; row++) yield { layer: at + 1, table, row };
    }
  }

  #take(one: LayerRow, wanted: ReadonlySet<ByteString>): void {
    const { table, row, layer } = one;
    const [kind, name] = [table.kind(row), table.name(row)];
    if (kind === 'whiteout') return add(this.#whiteouts, name, layer);
    if (kind === 'opaque') return add(this.#opaque, name, layer);
    if (wanted.has(name)) add(this.#entries, name, one);
    if (kind === 'hardlink' && wanted.has(table.linkName(row))) add(this.#linksTo, table.linkName(row), one);
  }
}

function add<Value>(map: Map<ByteString, Value[]>, name: ByteString, value: Value): void {
  const values = map.get(name);
  if (values) values.push(value);
  else map.set(name, [value]);
}

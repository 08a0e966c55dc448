/** One layer by itself: its own entries, links and markers, as its archive has them. */
import { type ByteString, formatMode, formatTimestamp, jsonPath, toJsonText } from '../base/index.ts';
import type { LayerIndex } from '../layer/index.ts';
import type { EntryKind, EntryTable } from '../tree/index.ts';
import { type AttributeFacts, xattrFacts } from './entry-facts.ts';
import { exactNumber } from './json-values.ts';

/** A layer's entry; of a marker only path and kind are said, because nothing else of it has a meaning. */
export interface LayerListedEntry extends Partial<AttributeFacts> {
  /** Of a whiteout the path it removes, of an opaque marker the directory that it empties. */
  readonly path: string;
  readonly kind: EntryKind;
  /** The name that a hard link entry joins. */
  readonly target?: string;
}

/**
 * The entries of one layer in the order of its archive.
 * @param below only the entries at and below this path; all unless given
 */
export function listLayer(index: LayerIndex, below: ByteString = '' as ByteString): LayerListedEntry[] {
  const entries: LayerListedEntry[] = [];
  for (let row = 0; row < index.table.length; row++) {
    if (isWithin(index.table.name(row), below)) entries.push(rowFacts(index.table, row));
  }
  return entries;
}

function rowFacts(table: EntryTable, row: number): LayerListedEntry {
  const kind = table.kind(row);
  const path = jsonPath(table.name(row));
  if (kind === 'whiteout' || kind === 'opaque') return { path, kind };
  const linkText = table.linkName(row);
  return {
    path,
    kind,
    mode: formatMode(table.mode(row)),
    uid: table.uid(row),
    gid: table.gid(row),
    mtime: formatTimestamp(table.mtime(row)),
    size: exactNumber(kind === 'symlink' ? linkText.length : table.size(row)),
    ...(kind === 'symlink' ? { linkTarget: toJsonText(linkText) } : {}),
    ...(kind === 'hardlink' ? { target: jsonPath(linkText) } : {}),
    ...(kind === 'char' || kind === 'block' ? { device: table.device(row).join(':') } : {}),
    ...xattrFacts(table.xattrs(row)),
  };
}

function isWithin(path: ByteString, directory: ByteString): boolean {
  return directory === '' || path === directory || path.startsWith(`${directory}/`);
}

/** `ls` and `ls -l`: lines as ls(1) writes them, names escaped or as they are. */
import { escapeText, fromJsonText, toBytes } from '../base/index.ts';
import type { LayerListedEntry, ListedEntry } from '../inspect/index.ts';

type AnyEntry = ListedEntry | LayerListedEntry;

export interface LineOptions {
  readonly long: boolean;
  /** Names as they are instead of escaped. */
  readonly raw: boolean;
}

/** One line for each entry, without the end of line. */
export function* listingLines(entries: readonly AnyEntry[], options: LineOptions): Generator<string | Uint8Array> {
  const name = options.raw ? rawName : shownName;
  if (!options.long) {
    for (const entry of entries) yield name(archiveName(entry));
    return;
  }
  const rows = entries.map(longColumns);
  const widths = columnWidths(rows);
  for (const [position, entry] of entries.entries()) {
    const columns = rows[position]?.map((column, index) => padded(column, index, widths[index] ?? 0)).join(' ') ?? '';
    const line = [Buffer.from(`${columns} `), Buffer.from(name(archiveName(entry))), Buffer.from(arrow(entry, name))];
    yield Buffer.concat(line);
  }
}

const kindLetters: Readonly<Record<AnyEntry['kind'], string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  char: 'c',
  block: 'b',
  fifo: 'p',
  hardlink: 'h',
  whiteout: 'w',
  opaque: 'w',
};

/** Mode, links, owner, group, size or device, date, time. */
function longColumns(entry: AnyEntry): string[] {
  const size = entry.device?.replace(':', ', ') ?? String(entry.size ?? '-');
  const links = 'links' in entry ? String(entry.links) : '-';
  const [date, time] = entry.mtime === undefined ? ['-', '-'] : isoTime(entry.mtime);
  return [modeText(entry), links, String(entry.uid ?? '-'), String(entry.gid ?? '-'), size, date, time];
}

/** The mode stands on the left of its column, everything else on the right. */
function padded(column: string, index: number, width: number): string {
  return index === 0 ? column.padEnd(width) : column.padStart(width);
}

function columnWidths(rows: readonly (readonly string[])[]): number[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, column] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, column.length);
  }
  return widths;
}

/** As ls(1) writes it; a `+` behind it says that there is a POSIX ACL. */
function modeText(entry: AnyEntry): string {
  const letter = kindLetters[entry.kind];
  if (entry.mode === undefined) return `${letter}---------`;
  const mode = Number.parseInt(entry.mode, 8);
  const triple = (shift: number, special: number, letters: string): string => {
    const bits = (mode >> shift) & 7;
    const isSpecial = (mode & special) !== 0;
    const execute = bits & 1 ? (isSpecial ? letters[0] : 'x') : isSpecial ? letters[1] : '-';
    return `${bits & 4 ? 'r' : '-'}${bits & 2 ? 'w' : '-'}${execute}`;
  };
  const acl = entry.xattrs && 'system.posix_acl_access' in entry.xattrs ? '+' : '';
  return `${letter}${triple(6, 0o4000, 'sS')}${triple(3, 0o2000, 'sS')}${triple(0, 0o1000, 'tT')}${acl}`;
}

/** Date and time in UTC; seconds since 1970 where no calendar reaches. */
function isoTime(mtime: string): readonly [date: string, time: string] {
  const time = new Date(Math.floor(Number(mtime)) * 1000);
  if (Number.isNaN(time.getTime())) return [`@${mtime}`, '-'];
  const [date = '', clock = ''] = time.toISOString().split('T');
  return [date, clock.slice(0, 8)];
}

/** The name as it stands in the archive: markers have names of their own. */
function archiveName({ kind, path }: AnyEntry): string {
  if (kind === 'opaque') return path === '.' ? '.wh..wh..opq' : `${path}/.wh..wh..opq`;
  return kind === 'whiteout' ? path.replace(/[^/]+$/, '.wh.$&') : path;
}

function arrow(entry: AnyEntry, name: (text: string) => string | Uint8Array): Uint8Array {
  if (entry.linkTarget !== undefined) return Buffer.concat([Buffer.from(' -> '), Buffer.from(name(entry.linkTarget))]);
  if ('target' in entry && entry.target !== undefined) {
    return Buffer.concat([Buffer.from(' link to '), Buffer.from(name(entry.target))]);
  }
  return Buffer.alloc(0);
}

function shownName(text: string): string {
  return escapeText(text);
}

function rawName(text: string): Uint8Array {
  return toBytes(fromJsonText(text));
}

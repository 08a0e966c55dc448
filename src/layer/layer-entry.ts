/** One tar entry as a row of the index. */
import type { ByteString, Limits, Note, NoteCode } from '../base/index.ts';
import type { ReadTarEntry } from '../tar/index.ts';
import {
  type EntryKind,
  type EntryTableBuilder,
  markerEntry,
  normalisePath,
  readLayerName,
  spellings,
  type TableEntry,
} from '../tree/index.ts';

interface EntrySink {
  note(note: Note): void;
  entry(row: number, entry: TableEntry | undefined): void;
}

const empty = '' as ByteString;

/** Checks and normalises an entry's names and adds its row. A reserved name without effect gets none. */
export function addEntry(read: ReadTarEntry, builder: EntryTableBuilder, limits: Limits, sink: EntrySink): void {
  const { role, path } = readLayerName(read.name, limits);
  for (const code of read.notes) note(sink, code, path);
  if (role === 'ignored') {
    note(sink, 'ENTRY_IGNORED', path);
    sink.entry(-1, undefined);
    return;
  }
  const isMarker = role !== 'entry';
  if (isMarker && (read.kind !== 'file' || read.size > 0)) note(sink, 'MARKER_NOT_A_FILE', path);
  const entry = isMarker ? markerEntry(role, path) : fileEntry(read, path, limits);
  const row = builder.add(entry);
  sink.entry(row, isMarker ? undefined : entry);
}

function fileEntry(read: ReadTarEntry, path: ByteString, limits: Limits): TableEntry {
  const kind: EntryKind = read.kind;
  const linkName = kind === 'hardlink' ? normalisePath(read.linkName, limits) : read.linkName;
  return {
    name: path,
    kind,
    linkName: kind === 'hardlink' || kind === 'symlink' ? linkName : empty,
    mode: read.mode,
    uid: read.uid,
    gid: read.gid,
    mtime: read.mtime,
    size: read.size,
    dataOffset: read.dataOffset,
    xattrs: read.xattrs,
    deviceMajor: read.deviceMajor,
    deviceMinor: read.deviceMinor,
    sparse: read.sparse,
    spelling: spellingOf(read),
  };
}

function spellingOf({ kind, name, linkName }: ReadTarEntry): number {
  const absoluteTarget = kind === 'hardlink' && linkName.startsWith('/') ? spellings.absoluteTarget : 0;
  return (name.startsWith('/') ? spellings.absoluteName : 0) | absoluteTarget;
}

function note(sink: EntrySink, code: NoteCode, path: ByteString): void {
  sink.note({ code, path });
}

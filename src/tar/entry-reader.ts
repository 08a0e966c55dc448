/** From a header block and the extensions before it to one entry. */
import { type ByteString, HoldfastError, type NoteCode } from '../base/index.ts';
import type { EntryContext } from './entry-context.ts';
import type { ReadTarEntry, TarEntryKind } from './entry.ts';
import { readDevice, readId, readMode, readTime } from './entry-fields.ts';
import { readLinkName } from './entry-link.ts';
import { measureEntry } from './entry-size.ts';
import { type Header, headerName } from './header.ts';
import { OldGnuBlocks, type SparseBlocks, TextBlocks } from './sparse-blocks.ts';
import type { SparseMap } from './sparse-map.ts';
import { readSparseRecords, type SparseRecords } from './sparse-records.ts';
import { noAttributes, readAttributes } from './xattrs.ts';

/** An entry whose sparse map may still have to be read. */
export interface EntryPlan {
  readonly facts: Omit<ReadTarEntry, 'dataOffset' | 'storedSize' | 'sparse'>;
  /** Bytes of body in the archive, a sparse map in it included. */
  readonly archivedSize: number;
  readonly map: SparseMap | undefined;
  readonly blocks: SparseBlocks | undefined;
}

const noNotes: readonly NoteCode[] = [];

/** @throws every code of an entry that is malformed or ambiguous. */
export function planEntry(header: Header, context: EntryContext): EntryPlan {
  const { extensions, limits } = context;
  const { pax } = extensions;
  const ownName = headerName(header);
  const stated = pax?.values.get('path') ?? extensions.longName ?? ownName;
  const sparse = pax && pax.sparse.length > 0 ? readSparseRecords(pax.sparse, stated) : undefined;
  const name = checkName(sparse?.name ?? stated, header.offset);
  const notes: NoteCode[] = [];
  const kind = readKind(header, name, notes);
  const size = measureEntry(header, context, { kind, name, ownName, sparse, notes });
  const mode = readMode(header, name, notes);
  const attributes = pax ? readAttributes(pax.attributes, name, limits.maxXattrBytes) : noAttributes;
  notes.push(...attributes.notes);
  const device = readDevice(header, pax, { kind, name });
  const facts = {
    name,
    kind,
    linkName: readLinkName(header, extensions, { kind, name }),
    mode: attributes.permissions === undefined ? mode : (mode & 0o7000) | attributes.permissions,
    uid: readId(header, pax, { field: 'uid', name }),
    gid: readId(header, pax, { field: 'gid', name }),
    mtime: readTime(header, pax, name),
    size: size.real,
    xattrs: attributes.xattrs,
    deviceMajor: device.major,
    deviceMinor: device.minor,
    headerOffset: extensions.offset ?? header.offset,
    notes: notes.length === 0 ? noNotes : notes,
  };
  return { facts, archivedSize: size.archived, map: size.map, blocks: startBlocks(header, size.map, sparse) };
}

/** @throws TAR_SPARSE when the map does not fit the stored bytes. */
export function completeEntry(plan: EntryPlan, dataOffset: number, storedSize: number): ReadTarEntry {
  return { ...plan.facts, sparse: plan.map?.finish(storedSize), dataOffset, storedSize };
}

function checkName(name: ByteString, offset: number): ByteString {
  if (name === '') throw new HoldfastError('NAME_EMPTY', { offset });
  if (name.includes('\0')) throw new HoldfastError('NAME_NUL', { name });
  return name;
}

const kinds: Readonly<Record<string, TarEntryKind>> = {
  '\0': 'file',
  '0': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'char',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
  '7': 'file',
  S: 'file',
};

function readKind({ typeflag }: Header, name: ByteString, notes: NoteCode[]): TarEntryKind {
  const kind = kinds[typeflag];
  if (kind === undefined) throw new HoldfastError('TAR_TYPEFLAG', { name, typeflag });
  if (kind !== 'file' || !name.endsWith('/')) return kind;
  if (typeflag === '\0') return 'directory';
  notes.push('DIRECTORY_NAME_AS_FILE');
  return kind;
}

function startBlocks(
  header: Header,
  map: SparseMap | undefined,
  sparse: SparseRecords | undefined,
): SparseBlocks | undefined {
  if (map === undefined) return undefined;
  if (sparse === undefined) return new OldGnuBlocks(map, header.block);
  return sparse.numbers === undefined ? new TextBlocks(map) : undefined;
}

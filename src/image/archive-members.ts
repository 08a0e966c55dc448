/** The table of contents of a tar archive on a file: headers are read, bodies are jumped over. */
import { type ByteString, HoldfastError, isHoldfastError, toDisplayText } from '../base/index.ts';
import { type ReadTarEntry, TarReader } from '../tar/index.ts';
import { type BlobLocation, readFully } from './files.ts';

export interface ArchiveMember {
  readonly kind: 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';
  /** Where the body is in the archive. */
  readonly offset: number;
  readonly size: number;
  readonly linkName: ByteString;
}

/** Members by normalised name: no leading "/" or "./", no trailing "/". */
export type ArchiveMembers = ReadonlyMap<string, ArchiveMember>;

/** More than any writer of image archives makes: four members per layer, a thousand layers, many images. */
export const maxMembers = 100_000;

const chunkBytes = 16 * 1024;
const blockBytes = 512;

/**
 * @param name what the user called the archive.
 * @throws ARCHIVE_INVALID for what is no tar, names that are there twice or have a ".." component, sparse members
 * @throws LIMIT_EXCEEDED, and every code of the tar reader
 */
export function readMembers(archive: BlobLocation, name: string): ArchiveMembers {
  const members = new Map<string, ArchiveMember>();
  if (archive.size === 0) throw new HoldfastError('ARCHIVE_INVALID', { file: name, reason: 'it is empty' });
  try {
    for (const entry of readEntries(archive)) addMember(members, entry, name);
  } catch (error) {
    throw members.size === 0 ? asNotTar(error, name) : error;
  }
  return members;
}

interface PlacedEntry {
  readonly entry: ReadTarEntry;
  readonly offset: number;
}

/** Behind each large body a new reader begins, so that the body need not be read. */
function* readEntries(archive: BlobLocation): Generator<PlacedEntry> {
  for (let base = 0; ;) {
    const next: number | undefined = yield* readEntriesFrom(archive, base);
    if (next === undefined) return;
    base = next;
  }
}

function* readEntriesFrom(archive: BlobLocation, base: number): Generator<PlacedEntry, number | undefined> {
  const reader = new TarReader();
  let position = base;
  for (;;) {
    const event = reader.next();
    if (event?.kind === 'end') return undefined;
    if (event?.kind === 'entry') {
      const { entry } = event;
      const offset = base + entry.dataOffset;
      const next = offset + Math.ceil(entry.storedSize / blockBytes) * blockBytes;
      if (next > archive.size) throw truncated(offset, offset + entry.storedSize > archive.size);
      yield { entry, offset };
      if (entry.storedSize > chunkBytes) return next;
    } else if (event === undefined) {
      position += feed(reader, archive, position);
    }
  }
}

function feed(reader: TarReader, archive: BlobLocation, position: number): number {
  const left = archive.size - position;
  const chunk = Buffer.alloc(Math.min(chunkBytes, Math.max(left, 0)));
  const length = readFully(archive.fd, chunk, archive.offset + position);
  if (length === 0) reader.finish();
  else reader.push(chunk.subarray(0, length));
  return length;
}

function addMember(members: Map<string, ArchiveMember>, { entry, offset }: PlacedEntry, archive: string): void {
  const refuse = (reason: string): never => {
    throw new HoldfastError('ARCHIVE_INVALID', { file: archive, reason: `${toDisplayText(entry.name)} ${reason}` });
  };
  const parts = entry.name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) refuse('has a ".." component');
  const name = parts.join('/');
  const kind = kindOf(entry);
  if (name === '' && kind === 'directory') return;
  if (entry.sparse !== undefined) refuse('is a sparse file');
  const existing = members.get(name);
  if (existing?.kind === 'directory' && kind === 'directory') return;
  if (existing !== undefined) refuse('is in the archive twice');
  if (members.size === maxMembers) {
    throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'members of an archive', flag: '', value: String(maxMembers) });
  }
  members.set(name, { kind, offset, size: entry.size, linkName: entry.linkName });
}

function kindOf({ kind }: ReadTarEntry): ArchiveMember['kind'] {
  return kind === 'char' || kind === 'block' || kind === 'fifo' ? 'other' : kind;
}

function truncated(offset: number, isBody: boolean): HoldfastError {
  return new HoldfastError('TAR_TRUNCATED', { offset, inside: isBody ? 'body' : 'padding' });
}

/** An error in the very first header most often means that the file is something else. */
function asNotTar(error: unknown, file: string): unknown {
  if (!isHoldfastError(error) || !['TAR_CHECKSUM', 'TAR_MAGIC', 'TAR_TRUNCATED'].includes(error.code)) return error;
  return new HoldfastError('ARCHIVE_INVALID', { file, reason: 'it is not a tar archive' }, { cause: error });
}

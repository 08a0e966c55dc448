/** Pulls a whole archive through the reader. */
import { type ErrorCode, HoldfastError, type Note } from '../../src/base/index.ts';
import { type ReadTarEntry, TarReader, type TarReaderOptions } from '../../src/tar/index.ts';

export interface ReadFile {
  readonly entry: ReadTarEntry;
  /** The data events as they came, neighbouring ones joined. */
  readonly data: readonly { readonly position: number; readonly bytes: Buffer }[];
}

export interface ReadArchive {
  readonly files: readonly ReadFile[];
  readonly notes: readonly Note[];
  readonly error: HoldfastError | undefined;
}

/** Chunks of the given sizes in turn; anything but a HoldfastError is thrown on. */
export function readArchive(
  bytes: Uint8Array,
  { chunks = [bytes.length || 1], options = {} }: { chunks?: readonly number[]; options?: TarReaderOptions } = {},
): ReadArchive {
  const reader = new TarReader(options);
  const files: { entry: ReadTarEntry; data: { position: number; bytes: Buffer }[] }[] = [];
  let ended = false;
  const pull = () => {
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      if (ended) throw new Error('an event came after the end');
      if (event.kind === 'end') ended = true;
      else if (event.kind === 'entry') files.push({ entry: event.entry, data: [] });
      else append(files.at(-1)?.data, event.position, Buffer.from(event.bytes));
    }
  };
  try {
    for (let at = 0, turn = 0; at < bytes.length; turn++) {
      const size = chunks[turn % chunks.length] ?? 1;
      reader.push(bytes.subarray(at, at + size));
      at += size;
      pull();
    }
    reader.finish();
    pull();
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return { files, notes: reader.notes, error };
  }
  if (!ended) throw new Error('no end came');
  return { files, notes: reader.notes, error: undefined };
}

/** The entries of an archive that must be readable. */
export function entriesOf(bytes: Uint8Array, options: TarReaderOptions = {}): readonly ReadTarEntry[] {
  const { files, error } = readArchive(bytes, { options });
  if (error !== undefined) throw error;
  return files.map((file) => file.entry);
}

/** The only entry of an archive. */
export function onlyEntry(bytes: Uint8Array): ReadTarEntry {
  const [entry, ...rest] = entriesOf(bytes);
  if (entry === undefined || rest.length > 0) throw new Error('the archive does not have one entry');
  return entry;
}

/** The code with which an archive is refused, undefined when it is read. */
export function refusal(bytes: Uint8Array, options: TarReaderOptions = {}): ErrorCode | undefined {
  return readArchive(bytes, { options }).error?.code;
}

/** The file's bytes, holes as zeros. */
export function contentOf({ entry, data }: ReadFile): Buffer {
  const content = Buffer.alloc(entry.size);
  for (const { position, bytes } of data) bytes.copy(content, position);
  return content;
}

function append(data: { position: number; bytes: Buffer }[] | undefined, position: number, bytes: Buffer): void {
  const last = data?.at(-1);
  if (last !== undefined && last.position + last.bytes.length === position) {
    last.bytes = Buffer.concat([last.bytes, bytes]);
  } else data?.push({ position, bytes });
}

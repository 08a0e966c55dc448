/** The archive of a draft: what is kept stands in it byte for byte, with whatever stood before it. */
import { type ByteString, HoldfastError, type Limits } from '../base/index.ts';
import { readFully } from '../layer/index.ts';
import { encodeTarEntry, type TarEntry, type TarEntryKind, tarPadding, TarReader } from '../tar/index.ts';
import { readLayerName, type TableEntry } from '../tree/index.ts';
import type { Draft } from './draft.ts';

/** An archive, uncompressed on an open file. */
export interface OpenArchive {
  readonly file: number;
  readonly size: number;
}

/** Where each row stands, its headers and padding included. */
interface RowRanges {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

const chunkBytes = 1024 * 1024;

/** @throws HOST_REFUSED, the reason of the signal */
export async function* amendedTar(
  { steps }: Draft,
  archive: OpenArchive,
  options: { readonly limits: Limits; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<Uint8Array> {
  const ranges = readRanges(archive, options);
  const kept = new KeptRanges(ranges, archive);
  for (const step of steps) {
    options.signal?.throwIfAborted();
    if (step.kind === 'archived') yield* kept.add(step.row);
    else {
      if (step.insteadOf !== undefined) yield* kept.addBetween(step.insteadOf);
      yield* kept.flush();
      yield encodeTarEntry(tarEntryOf(step.entry));
    }
  }
  yield* kept.addBetween(ranges.starts.length);
  yield* kept.flush();
  yield* readRange(archive, ranges.ends.at(-1) ?? 0, archive.size);
}

/** Joins neighbours, so that an archive of which little changes is copied in large pieces. */
class KeptRanges {
  readonly #ranges: RowRanges;
  readonly #archive: OpenArchive;
  #start = 0;
  #end = 0;
  #next = 0;

  constructor(ranges: RowRanges, archive: OpenArchive) {
    this.#ranges = ranges;
    this.#archive = archive;
  }

  *add(row: number): Generator<Uint8Array> {
    const { starts, ends } = this.#ranges;
    yield* this.addBetween(row);
    yield* this.#take(starts[row] ?? 0, ends[row] ?? 0);
  }

  /** What stands before a row and has none of its own: global headers, names without effect. */
  *addBetween(row: number): Generator<Uint8Array> {
    const { starts, ends } = this.#ranges;
    for (; this.#next <= row && this.#next < starts.length; this.#next++) {
      yield* this.#take(ends[this.#next - 1] ?? 0, starts[this.#next] ?? 0);
    }
  }

  *flush(): Generator<Uint8Array> {
    yield* readRange(this.#archive, this.#start, this.#end);
    this.#start = this.#end;
  }

  *#take(start: number, end: number): Generator<Uint8Array> {
    if (start >= end) return;
    if (start !== this.#end) {
      yield* this.flush();
      this.#start = start;
    }
    this.#end = end;
  }
}

/** Chunks of their own each, which the receiver may keep. */
function* readRange({ file }: OpenArchive, start: number, end: number): Generator<Uint8Array> {
  for (let at = start; at < end; at += chunkBytes) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, end - at));
    readFully(file, at, chunk);
    yield chunk;
  }
}

/** Reads the headers once more: the table knows where content begins, and not where entries do. */
function readRanges(archive: OpenArchive, { limits }: { readonly limits: Limits }): RowRanges {
  const reader = new TarReader(limits);
  const [starts, ends]: [number[], number[]] = [[], []];
  const take = (): void => {
    for (let event = reader.next(); event !== undefined; event = reader.next()) {
      if (event.kind !== 'entry' || readLayerName(event.entry.name, limits).role === 'ignored') continue;
      const { headerOffset, dataOffset, storedSize } = event.entry;
      starts.push(headerOffset);
      ends.push(dataOffset + storedSize + tarPadding(storedSize));
    }
  };
  for (const chunk of readRange(archive, 0, archive.size)) {
    reader.push(chunk);
    take();
  }
  reader.finish();
  take();
  return { starts, ends };
}

/** Only entries without content are said anew. */
function tarEntryOf(entry: TableEntry): TarEntry {
  const { kind, name } = entry;
  if (kind !== 'hardlink' && kind !== 'directory') {
    throw new HoldfastError('BUG', { message: `a ${kind} was to be said anew` });
  }
  const spelled = kind === 'directory' ? `${name}/` : name;
  return { ...entry, kind: kind satisfies TarEntryKind, name: spelled as ByteString, size: 0, sparse: undefined };
}

/** Builders for tar entries: each gives plain data with sensible defaults, exactly as named, nothing checked. */
import {
  bytesOf,
  byteStringOf,
  type DataRun,
  type EntryOptions,
  entrySpec,
  type EntrySpec,
  type TextOrBytes,
} from './entry-spec.ts';

/** A regular file, 0644. */
export function file(name: TextOrBytes, content: TextOrBytes = '', options: EntryOptions = {}): EntrySpec {
  return entrySpec(name, { kind: 'file', mode: 0o644, content: bytesOf(content) }, options);
}

/** A directory, 0755. The name is written as given; a trailing "/" is the custom and not required. */
export function directory(name: TextOrBytes, options: EntryOptions = {}): EntrySpec {
  return entrySpec(name, { kind: 'directory', mode: 0o755 }, options);
}

/** A symbolic link with the text as given. */
export function symlink(name: TextOrBytes, text: TextOrBytes, options: EntryOptions = {}): EntrySpec {
  return entrySpec(name, { kind: 'symlink', mode: 0o777, linkName: text }, options);
}

/** A hard link entry: one more name for what `target` names, written relative to the root. */
export function hardlink(name: TextOrBytes, target: TextOrBytes, options: EntryOptions = {}): EntrySpec {
  return entrySpec(name, { kind: 'hardlink', mode: 0o644, linkName: target }, options);
}

/** A character device, 0644. */
export function charDevice(name: TextOrBytes, major: number, minor: number, options: EntryOptions = {}): EntrySpec {
  return entrySpec(name, { kind: 'char', mode: 0o644, device: [major, minor] }, options);
}

/** A block device, 0644. */
export function blockDevice(name: TextOrBytes, major: number, minor: number, options: EntryOptions = {}): EntrySpec {
  return entrySpec(name, { kind: 'block', mode: 0o644, device: [major, minor] }, options);
}

/** A named pipe, 0644. */
export function fifo(name: TextOrBytes, options: EntryOptions = {}): EntrySpec {
  return entrySpec(name, { kind: 'fifo', mode: 0o644 }, options);
}

/**
 * The marker that removes `path` from the layers below: `whiteout('a/b')` is the empty file `a/.wh.b`, with mode 0 and
 * mtime 0 as layer writers make it.
 */
export function whiteout(path: TextOrBytes): EntrySpec {
  const name = byteStringOf(path);
  const base = name.lastIndexOf('/') + 1;
  return marker(`${name.slice(0, base)}.wh.${name.slice(base)}`);
}

/** The marker that removes everything below a directory of the layers below; `''` is the root. */
export function opaque(path: TextOrBytes): EntrySpec {
  const name = byteStringOf(path);
  return marker(name === '' ? '.wh..wh..opq' : `${name.replace(/\/$/, '')}/.wh..wh..opq`);
}

/**
 * A file of `size` bytes that holds only the given runs of data, in rising order; the rest reads as zeros. GNU tar reads
 * each run from a block of its own, other readers do not: they agree where all runs but the last are whole blocks of 512.
 */
export function sparseFile(
  name: TextOrBytes,
  size: number,
  runs: readonly DataRun[],
  options: EntryOptions = {},
): EntrySpec {
  const data = runs.map((run) => bytesOf(run.data));
  const sparse = runs.map((run, index) => ({ offset: run.offset, size: data[index]?.length ?? 0 }));
  return entrySpec(name, { kind: 'file', mode: 0o644, content: Buffer.concat(data), size, sparse }, options);
}

function marker(name: string): EntrySpec {
  return entrySpec(Buffer.from(name, 'latin1'), { kind: 'file', mode: 0 }, { mtime: 0 });
}

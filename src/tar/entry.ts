/** What one tar entry says, whatever dialect said it. */
import type { ByteString, NoteCode, SparseExtent, Timestamp } from '../base/index.ts';

export type TarEntryKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'char' | 'block' | 'fifo';

/** The facts that a reader gives and a writer takes. */
export interface TarEntry {
  /** As the archive spells it: not yet normalised, may begin with "/" or "./" and end in "/". */
  readonly name: ByteString;
  readonly kind: TarEntryKind;
  /** Text of a symbolic link or target of a hard link, verbatim; empty for every other kind. */
  readonly linkName: ByteString;
  /** The twelve permission bits. */
  readonly mode: number;
  /** 0 to 4 294 967 294. */
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Timestamp;
  /** Bytes of the file as a reader of the file sees them, holes included; 0 for every other kind. */
  readonly size: number;
  /** In the order of the archive; undefined when there are none. POSIX ACLs are here under their xattr names. */
  readonly xattrs: ReadonlyMap<ByteString, Uint8Array> | undefined;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
  /**
   * Data runs in rising order, none empty, no two touching, and all but the last whole blocks of 512 bytes; undefined
   * for a file without holes.
   */
  readonly sparse: readonly SparseExtent[] | undefined;
}

/** An entry as read, with where it stands in the uncompressed archive. */
export interface ReadTarEntry extends TarEntry {
  /** Offset of the entry's first block, extension headers included. */
  readonly headerOffset: number;
  /** Offset of the first stored data byte (behind a sparse 1.0 map). */
  readonly dataOffset: number;
  /** Stored data bytes: the size, or for a sparse file the sum of its runs. */
  readonly storedSize: number;
  /** What the reader decided where readers may differ. */
  readonly notes: readonly NoteCode[];
}

/** What a test says about one tar entry, and the forms in which it may say names and bytes. */
import { type ByteString, fromBytes, fromJsonText, type SparseExtent, type Timestamp } from '../base/index.ts';
import type { TarEntry } from '../tar/index.ts';

/** One tar entry as plain data: its facts and the bytes stored for it. */
export interface EntrySpec extends TarEntry {
  /** The stored data: the whole file, or for a sparse file the bytes of its runs one after the other. */
  readonly content: Uint8Array;
}

/**
 * Bytes, or text that means its UTF-8 bytes. In text a lone surrogate U+DC80 to U+DCFF stands for one byte that is not
 * valid UTF-8, as in Holdfast's JSON output: `'caf\udce9'` is `63 61 66 e9`.
 */
export type TextOrBytes = string | Uint8Array;

/** A time, or whole seconds since 1970. */
export type TimeSpec = Timestamp | number;

/** What may differ from the defaults of a builder. */
export interface EntryOptions {
  /** The twelve permission bits; 0644 for files and devices, 0755 for directories, 0777 for symbolic links. */
  readonly mode?: number;
  /** 0 unless told otherwise. */
  readonly uid?: number;
  /** 0 unless told otherwise. */
  readonly gid?: number;
  /** 1 700 000 000 (14 November 2023) unless told otherwise. */
  readonly mtime?: TimeSpec;
  /** Names with their values; a string is its UTF-8 bytes. */
  readonly xattrs?: Readonly<Record<string, TextOrBytes>>;
}

/** A run of data in a sparse file. */
export interface DataRun {
  readonly offset: number;
  readonly data: TextOrBytes;
}

/** The facts of an entry that its kind decides. */
export interface KindFacts {
  readonly kind: EntrySpec['kind'];
  readonly mode: number;
  readonly linkName?: TextOrBytes;
  readonly content?: Uint8Array;
  /** Logical size when it is not that of the content. */
  readonly size?: number;
  readonly device?: readonly [major: number, minor: number];
  readonly sparse?: readonly SparseExtent[];
}

/** The time every built entry has unless told otherwise. */
export const defaultMtime: Timestamp = { seconds: 1_700_000_000, nanoseconds: 0 };

/** A name, link text or xattr name as the bytes it means. */
export function byteStringOf(text: TextOrBytes): ByteString {
  return typeof text === 'string' ? fromJsonText(text) : fromBytes(text);
}

/** File content or an xattr value as the bytes it means. */
export function bytesOf(text: TextOrBytes): Uint8Array {
  return typeof text === 'string' ? Buffer.from(fromJsonText(text), 'latin1') : text;
}

/** Puts an entry together from its name, the facts of its kind and what the test wants otherwise. */
export function entrySpec(name: TextOrBytes, facts: KindFacts, options: EntryOptions): EntrySpec {
  const content = facts.content ?? new Uint8Array();
  return {
    name: byteStringOf(name),
    kind: facts.kind,
    linkName: byteStringOf(facts.linkName ?? ''),
    mode: options.mode ?? facts.mode,
    uid: options.uid ?? 0,
    gid: options.gid ?? 0,
    mtime: timestampOf(options.mtime ?? defaultMtime),
    size: facts.size ?? content.length,
    xattrs: xattrsOf(options.xattrs),
    deviceMajor: facts.device?.[0] ?? 0,
    deviceMinor: facts.device?.[1] ?? 0,
    sparse: facts.sparse,
    content,
  };
}

function timestampOf(time: TimeSpec): Timestamp {
  return typeof time === 'number' ? { seconds: time, nanoseconds: 0 } : time;
}

function xattrsOf(xattrs: EntryOptions['xattrs']): EntrySpec['xattrs'] {
  const entries = Object.entries(xattrs ?? {});
  if (entries.length === 0) return undefined;
  return new Map(entries.map(([name, value]) => [byteStringOf(name), bytesOf(value)]));
}

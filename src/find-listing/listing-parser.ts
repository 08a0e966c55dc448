/** What the lines of `findListingCommands` print, field by field. */
import { type ByteString, HoldfastError, type Limits, maxDocumentBytes } from '../base/index.ts';
import { FieldSplitter } from './field-splitter.ts';
import {
  gnuFieldCount,
  isGnuKind,
  type ListedInode,
  MalformedRecord,
  parseGnuRecord,
  parseStatRecord,
  pathOf,
} from './listed-inode.ts';

/** Who takes what is found. Each may throw {@link MalformedRecord}. */
export interface ListingSink {
  addInode(inode: ListedInode): void;
  /** The digest of a file, as 64 hexadecimal digits. */
  addDigest(path: ByteString, digest: string): void;
  /** A directory whose names could not be read. */
  addUnread(path: ByteString): void;
  /** It was there when its directory was read, and then not any more. */
  addVanished(path: ByteString): void;
  /** @param root where the listed directory stands @param mountInfo of the process that listed; "" where unknown */
  endListing(root: ByteString, mountInfo: ByteString, status: number): void;
  endDigests(): void;
}

type Section = 'listing' | 'digests';

const digestField = /^([0-9a-f]{64}) [ *]\.\/(.+)$/s;

export class ListingParser {
  readonly #name: string;
  readonly #sink: ListingSink;
  readonly #splitter: FieldSplitter;
  #section: Section | undefined;
  #root: ByteString | undefined;
  /** Of the record that is being read. */
  #fields: ByteString[] = [];
  #wanted = 0;
  #record = 1;

  constructor(name: string, sink: ListingSink, limits: Limits) {
    this.#name = name;
    this.#sink = sink;
    this.#splitter = new FieldSplitter(Math.max(limits.maxHeaderBytes, maxDocumentBytes));
  }

  /** @throws LISTING_INVALID, LIMIT_EXCEEDED */
  add(chunk: Uint8Array): void {
    for (const field of this.#splitter.split(chunk)) this.#located(() => this.#take(field));
  }

  /** @param finish makes a tree of what was found @throws LISTING_INVALID, LIMIT_EXCEEDED */
  end<Result>(finish: () => Result): Result {
    return this.#located(() => {
      if (this.#record === 1 && this.#splitter.isInField) throw new MalformedRecord('it does not begin as one');
      if (this.#section !== undefined || this.#record === 1) throw new MalformedRecord('it was cut short');
      if (this.#splitter.isInField) throw new MalformedRecord('something follows its end');
      return finish();
    });
  }

  #located<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      if (!(error instanceof MalformedRecord)) throw error;
      const data = { listing: this.#name, record: this.#record, reason: error.message };
      throw new HoldfastError('LISTING_INVALID', data, { cause: error });
    }
  }

  #take(field: ByteString): void {
    if (this.#section === undefined) this.#begin(field);
    else if (this.#root === undefined) this.#takeRoot(field);
    else this.#takeField(this.#section, this.#root, field);
  }

  #begin(field: ByteString): void {
    const [, section] = /^holdfast-(listing|digests) 1$/.exec(field) ?? [];
    if (section !== 'listing' && section !== 'digests') {
      const isNewer = /^holdfast-(listing|digests) \d+$/.test(field);
      throw new MalformedRecord(isNewer ? 'it is of another version of Holdfast' : 'it does not begin as one');
    }
    this.#section = section;
    this.#root = undefined;
    this.#record++;
  }

  #takeRoot(field: ByteString): void {
    if (field === 'end') throw new MalformedRecord('the directory could not be entered');
    if (field.endsWith('\r\n'))
      throw new MalformedRecord('it went through a terminal, which changed it (leave out -t)');
    if (!/^\/.*\n$/s.test(field)) throw new MalformedRecord('it does not say where the directory is');
    this.#root = field.slice(0, -1) as ByteString;
    this.#record++;
  }

  #takeField(section: Section, root: ByteString, field: ByteString): void {
    if (this.#fields.length === 0) this.#wanted = this.#lengthOf(section, field);
    this.#fields.push(field);
    if (this.#fields.length < this.#wanted) return;
    const fields = this.#fields;
    this.#fields = [];
    this.#takeRecord(section, root, fields);
    this.#record++;
  }

  #lengthOf(section: Section, first: ByteString): number {
    if (first === 'end') return 3;
    if (section === 'digests') return 1;
    if (isGnuKind(first)) return gnuFieldCount;
    if (first === 'unread') return 2;
    if (first === 'stat') return 4;
    throw new MalformedRecord('something stands where a kind of file should');
  }

  #takeRecord(section: Section, root: ByteString, fields: readonly ByteString[]): void {
    const [first = '', second = '' as ByteString, third = '' as ByteString, fourth = '' as ByteString] = fields;
    if (first === 'end') this.#endSection(section, root, [second, third]);
    else if (section === 'digests') this.#takeDigest(first);
    else if (first === 'unread') this.#sink.addUnread(pathOf(second));
    else if (first === 'stat') this.#takeStat(second, third, fourth);
    else this.#addInode(parseGnuRecord(fields));
  }

  #takeDigest(field: string): void {
    const [, digest, path] = digestField.exec(field) ?? [];
    if (digest === undefined || path === undefined) throw new MalformedRecord('sha256sum printed something else');
    this.#sink.addDigest(pathOf(path), digest);
  }

  #takeStat(line: ByteString, more: ByteString, name: ByteString): void {
    const path = pathOf(name.replace(/^\.(?:\/|$)/, ''));
    if (line === '') return this.#sink.addVanished(path);
    const inode = parseStatRecord(line, more, path);
    this.#addInode(inode);
    if (inode.kind === 'directory' && more === 'unread') this.#sink.addUnread(path);
    const [, digest] = /^([0-9a-f]{64}) {2}-\n$/.exec(more) ?? [];
    if (inode.kind === 'file' && digest !== undefined) this.#sink.addDigest(path, digest);
  }

  #addInode(inode: ListedInode): void {
    if (inode.kind === 'symlink' && inode.linkText === '') this.#sink.addVanished(inode.path);
    else this.#sink.addInode(inode);
  }

  #endSection(section: Section, root: ByteString, [status, mounts]: readonly [ByteString, ByteString]): void {
    if (!/^\d{1,3}$/.test(status)) throw new MalformedRecord('there is no exit status');
    if (section === 'digests') this.#sink.endDigests();
    else this.#sink.endListing(root, mounts, Number(status));
    this.#section = undefined;
  }
}

/** GNU.sparse.* records of PAX headers: versions 0.0 and 0.1 list the runs there, 1.0 puts them before the body. */
import { type ByteString, fromBytes, HoldfastError } from '../base/index.ts';
import { type ExactNumber, parseDecimal } from './number.ts';
import type { PaxRecord } from './pax-records.ts';

export interface SparseRecords {
  /** The file's name; the entry's own is a stand-in then. */
  readonly name: ByteString | undefined;
  readonly realSize: ExactNumber;
  /** Offset and size in turn, or undefined when the map stands before the body. */
  readonly numbers: readonly ExactNumber[] | undefined;
}

const prefix = 'GNU.sparse.';
const scalars: ReadonlySet<string> = new Set(['major', 'minor', 'name', 'size', 'realsize', 'numblocks', 'map']);

/** @throws TAR_SPARSE, NAME_NUL. */
export function readSparseRecords(records: readonly PaxRecord[], path: ByteString): SparseRecords | undefined {
  if (records.length === 0) return undefined;
  return new RecordReader(path).read(records);
}

class RecordReader {
  readonly #values = new Map<string, ByteString>();
  /** Offset and size in turn, as version 0.0 gives them in records of their own. */
  readonly #listed: ByteString[] = [];
  readonly #path: ByteString;

  constructor(path: ByteString) {
    this.#path = path;
  }

  read(records: readonly PaxRecord[]): SparseRecords {
    for (const record of records) this.#collect(record.key.slice(prefix.length), fromBytes(record.value));
    const name = this.#values.get('name');
    if (name === '') throw this.#error('has an empty name');
    return { name, realSize: this.#realSize(), numbers: this.#numbers() };
  }

  #collect(key: string, value: ByteString): void {
    if (key === 'offset' || key === 'numbytes') {
      if ((key === 'offset') !== (this.#listed.length % 2 === 0)) throw this.#error('has half a run');
      this.#listed.push(value);
    } else if (scalars.has(key)) this.#values.set(key, value);
    else throw this.#error(`has the unknown record ${prefix}${key}`);
  }

  #realSize(): ExactNumber {
    const texts = ['realsize', 'size'].map((key) => this.#values.get(key)).filter((text) => text !== undefined);
    const sizes = new Set(texts.map((text) => this.#number(text)));
    const [size] = sizes;
    if (size === undefined) throw this.#error('has no size');
    if (sizes.size > 1) throw this.#error('gives two sizes of the file');
    return size;
  }

  #numbers(): readonly ExactNumber[] | undefined {
    const version = `${this.#values.get('major') ?? '0'}.${this.#values.get('minor') ?? '0'}`;
    const map = this.#values.get('map');
    if (version === '1.0') {
      if (map !== undefined || this.#listed.length > 0) throw this.#error('is given in two ways');
      return undefined;
    }
    if (version !== '0.0' && version !== '0.1') throw this.#error(`has the unknown version ${version}`);
    if (map !== undefined && this.#listed.length > 0) throw this.#error('is given in two ways');
    const texts = map === undefined ? this.#listed : map === '' ? [] : (map.split(',') as ByteString[]);
    return this.#counted(texts.map((text) => this.#number(text)));
  }

  #counted(numbers: readonly ExactNumber[]): readonly ExactNumber[] {
    if (numbers.length % 2 !== 0) throw this.#error('has half a run');
    const count = this.#values.get('numblocks');
    if (count === undefined) throw this.#error('does not say how many runs it has');
    if (this.#number(count) !== numbers.length / 2) throw this.#error('has another number of runs than it says');
    return numbers;
  }

  #number(text: ByteString): ExactNumber {
    const value = parseDecimal(text);
    if (value === undefined) throw this.#error('holds something that is no number');
    return value;
  }

  #error(reason: string): HoldfastError {
    return new HoldfastError('TAR_SPARSE', { name: this.#path, reason });
  }
}

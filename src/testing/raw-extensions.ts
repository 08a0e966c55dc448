/** The extension headers of tar, honest or not: PAX records, GNU long names, sparse files in all four forms. */
import { bytesOf, type DataRun, type TextOrBytes } from './entry-spec.ts';
import { fieldBytes, padded, rawEntry, type RawHeader, rawHeader } from './raw-tar.ts';

/** PAX records by key, as a list where a key comes twice, or the body of the header as bytes. */
export type PaxRecords =
  | Readonly<Record<string, TextOrBytes>>
  | readonly (readonly [key: string, value: TextOrBytes])[]
  | Uint8Array;

/** A stretch of a sparse map. */
export interface SparseRange {
  readonly offset: number;
  readonly size: number;
}

export interface RawSparse extends Omit<RawHeader, 'size' | 'typeflag' | 'magic'> {
  /** Bytes of the file, holes included. */
  readonly realSize: number;
  /** The data, in the order it is stored. */
  readonly runs: readonly DataRun[];
  /** What the map says, where it is not what `runs` says. */
  readonly map?: readonly SparseRange[];
}

/** One PAX record, with its own length in front: `18 path=some/name\n`. */
export function paxRecord(key: string, value: TextOrBytes): Buffer {
  const rest = Buffer.concat([Buffer.from(` ${key}=`), bytesOf(value), Buffer.from('\n')]);
  let length = rest.length + 1;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([Buffer.from(String(length)), rest]);
}

/** A PAX extended header: of the next entry (`x`), or global (`g`). */
export function paxHeader(records: PaxRecords, header: { type?: 'x' | 'g' } & Partial<RawHeader> = {}): Buffer {
  const { type = 'x', ...fields } = header;
  return rawEntry({ name: 'PaxHeaders/entry', typeflag: type, body: paxBody(records), ...fields });
}

/** The GNU header that gives the next entry its name. The body is ended by NUL. */
export function gnuLongName(name: TextOrBytes): Buffer {
  return gnuLong('L', name);
}

/** The GNU header that gives the next entry its link text or target. The body is ended by NUL. */
export function gnuLongLink(target: TextOrBytes): Buffer {
  return gnuLong('K', target);
}

/** A sparse file as old GNU tar wrote it: typeflag `S`, four ranges in the header and 21 in each block after it. */
export function gnuSparse(sparse: RawSparse): Buffer {
  const { realSize, runs, map = honestMap(sparse), ...header } = sparse;
  const data = Buffer.concat(runs.map((run) => bytesOf(run.data)));
  const extensions: Buffer[] = [];
  for (let at = 4; at < map.length; at += 21) {
    const block = Buffer.alloc(512);
    rangeFields(map.slice(at, at + 21)).copy(block);
    block[504] = at + 21 < map.length ? 1 : 0;
    extensions.push(block);
  }
  const overlay = {
    386: rangeFields(map.slice(0, 4)),
    482: Buffer.from([map.length > 4 ? 1 : 0]),
    483: fieldBytes(realSize, 12),
    ...header.overlay,
  };
  const first = rawHeader({ ...header, size: data.length, typeflag: 'S', magic: 'gnu', overlay });
  return Buffer.concat([first, ...extensions, padded(data)]);
}

/** A sparse file in one of the three PAX forms GNU tar knows. */
export function paxSparse(version: '0.0' | '0.1' | '1.0', sparse: RawSparse): Buffer {
  const { realSize, runs, map = honestMap(sparse), ...header } = sparse;
  const data = Buffer.concat(runs.map((run) => bytesOf(run.data)));
  const inBody = version === '1.0' ? padded(Buffer.from(mapLines(map))) : new Uint8Array();
  const records = paxSparseRecords(version, { name: header.name, realSize, map });
  return Buffer.concat([paxHeader(records), rawEntry({ ...header, body: Buffer.concat([inBody, data]) })]);
}

function paxBody(records: PaxRecords): Buffer {
  if (records instanceof Uint8Array) return Buffer.from(records);
  const list = Array.isArray(records) ? (records as [string, TextOrBytes][]) : Object.entries(records);
  return Buffer.concat(list.map(([key, value]) => paxRecord(key, value)));
}

function paxSparseRecords(
  version: '0.0' | '0.1' | '1.0',
  sparse: { name: TextOrBytes; realSize: number; map: readonly SparseRange[] },
): [string, TextOrBytes][] {
  const { name, realSize, map } = sparse;
  if (version === '1.0') {
    return [
      ['GNU.sparse.major', '1'],
      ['GNU.sparse.minor', '0'],
      ['GNU.sparse.name', name],
      ['GNU.sparse.realsize', String(realSize)],
    ];
  }
  const common: [string, TextOrBytes][] = [
    ['GNU.sparse.size', String(realSize)],
    ['GNU.sparse.numblocks', String(map.length)],
  ];
  if (version === '0.1') {
    const text = map.map((range) => `${range.offset},${range.size}`).join(',');
    return [...common, ['GNU.sparse.map', text], ['GNU.sparse.name', name]];
  }
  const pairs = map.flatMap((range): [string, string][] => [
    ['GNU.sparse.offset', String(range.offset)],
    ['GNU.sparse.numbytes', String(range.size)],
  ]);
  return [...common, ...pairs];
}

function gnuLong(typeflag: 'L' | 'K', text: TextOrBytes): Buffer {
  const body = Buffer.concat([bytesOf(text), Buffer.from([0])]);
  return rawEntry({ name: '././@LongLink', mode: 0, mtime: 0, magic: 'gnu', typeflag, body });
}

/** The runs, and where a hole ends the file an empty range at its end, as GNU tar writes it and needs it. */
function honestMap({ runs, realSize }: RawSparse): SparseRange[] {
  const map = runs.map((run) => ({ offset: run.offset, size: bytesOf(run.data).length }));
  const last = map.at(-1);
  return last && last.offset + last.size === realSize ? map : [...map, { offset: realSize, size: 0 }];
}

function rangeFields(map: readonly SparseRange[]): Buffer {
  return Buffer.concat(map.flatMap((range) => [fieldBytes(range.offset, 12), fieldBytes(range.size, 12)]));
}

function mapLines(map: readonly SparseRange[]): string {
  return [map.length, ...map.flatMap((range) => [range.offset, range.size])].map((number) => `${number}\n`).join('');
}

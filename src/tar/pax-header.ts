/** What a PAX extended header (typeflag x) says of the one entry it stands before. */
import { type ByteString, fromBytes, HoldfastError } from '../base/index.ts';
import { malformed, parsePaxRecords, type PaxRecord } from './pax-records.ts';

export interface PaxHeader {
  /** Where its header block stands in the archive. */
  readonly offset: number;
  /** The records with one plain value, by key; none is empty. */
  readonly values: ReadonlyMap<PaxKey, ByteString>;
  /** The records of xattrs and ACLs in their order; the values are copies. */
  readonly attributes: readonly PaxRecord[];
  /** The GNU.sparse.* records in their order. */
  readonly sparse: readonly PaxRecord[];
}

/** Numbers and names that Holdfast obeys, or (SCHILY.*) compares, since bsdtar obeys them and others do not. */
const plainKeys = [
  'path',
  'linkpath',
  'size',
  'uid',
  'gid',
  'mtime',
  'SCHILY.devmajor',
  'SCHILY.devminor',
  'SCHILY.realsize',
] as const;

export type PaxKey = (typeof plainKeys)[number];

const known: ReadonlySet<string> = new Set(plainKeys);
const onlyOnce: ReadonlySet<string> = new Set(['path', 'linkpath', 'size']);
const attributeKeys =
  /^(?:SCHILY\.xattr\.|LIBARCHIVE\.xattr\.|SCHILY\.acl\.(?:access|default)$|RHT\.security\.selinux$)/;

/**
 * Unknown keys are ignored. A known key with an empty value is refused: POSIX lets it cancel the header's field, GNU tar
 * and Python take the empty value, Go and bsdtar the header's.
 *
 * @throws TAR_PAX_RECORD
 */
export function readPaxHeader(body: Buffer, offset: number): PaxHeader {
  const values = new Map<PaxKey, ByteString>();
  const attributes: PaxRecord[] = [];
  const sparse: PaxRecord[] = [];
  for (const { key, value } of parsePaxRecords(body, offset)) {
    if (isPlain(key)) {
      if (value.length === 0) throw malformed(offset, `the record ${key} is empty`);
      if (values.has(key) && onlyOnce.has(key)) throw malformed(offset, `the record ${key} is given twice`);
      values.set(key, fromBytes(value));
    } else if (key.startsWith('GNU.sparse.')) sparse.push({ key, value: Buffer.from(value) });
    else if (attributeKeys.test(key)) attributes.push({ key, value: Buffer.from(value) });
  }
  return { offset, values, attributes, sparse };
}

/**
 * A global header (typeflag g) is checked and otherwise ignored: GNU tar and Python apply it, bsdtar and Go do not.
 *
 * @throws TAR_PAX_RECORD, TAR_GLOBAL_OVERRIDE when it says where or how long an entry is.
 */
export function checkGlobalHeader(body: Buffer, offset: number): void {
  for (const { key } of parsePaxRecords(body, offset)) {
    if (onlyOnce.has(key) || key.startsWith('GNU.sparse.')) {
      throw new HoldfastError('TAR_GLOBAL_OVERRIDE', { offset, key });
    }
  }
}

function isPlain(key: string): key is PaxKey {
  return known.has(key);
}

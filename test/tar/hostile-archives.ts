/** Archives that mean harm or harm by accident, by the row of the hazard catalogue they belong to. */
import type { ErrorCode, NoteCode } from '../../src/base/index.ts';
import type { TarReaderOptions } from '../../src/tar/index.ts';
import {
  archive,
  base256,
  globalPax,
  gnuLong,
  header,
  magics,
  member,
  octal,
  oldGnuSparse,
  padded,
  pax,
  paxRecord,
  rawPax,
} from './raw-archive.ts';

export interface HostileArchive {
  readonly id: string;
  /** What it does, as the end of the sentence "refuses …" or "reads …". */
  readonly title: string;
  readonly bytes: () => Buffer;
  readonly options?: TarReaderOptions;
  /** The code it is refused with, or the names it is read as with their notes. */
  readonly expected: ErrorCode | { readonly [name: string]: readonly NoteCode[] };
}

const inner = member({ name: 'INNER' }, 'inner');
const after = member({ name: 'after' }, 'x');
const target = member({ name: 'target' }, 'x');
const gnu = { magic: magics.gnu };

const version1 = (realSize: string) =>
  pax(
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', 's'],
    ['GNU.sparse.realsize', realSize],
  );
const map1 = (text: string, body = '') =>
  member({ name: 's' }, Buffer.concat([padded(Buffer.from(text)), Buffer.from(body)]));
const version0 = (map: string, size = '10000', count = String(map.split(',').length / 2)) =>
  pax(['GNU.sparse.size', size], ['GNU.sparse.numblocks', count], ['GNU.sparse.map', map]);
const broken = (bytes: Buffer) => {
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes;
};

export const names: readonly HostileArchive[] = [
  { id: 'A6', title: 'an empty name', bytes: () => archive(header({ name: '' })), expected: 'NAME_EMPTY' },
  {
    id: 'A6',
    title: 'an empty GNU long name',
    bytes: () => archive(gnuLong('L', ''), header(gnu)),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'A6',
    title: 'an empty PAX path',
    bytes: () => archive(pax(['path', '']), header()),
    expected: 'TAR_PAX_RECORD',
  },
  {
    id: 'A6',
    title: 'an empty sparse name',
    bytes: () => archive(pax(['GNU.sparse.name', '']), header()),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'A7',
    title: 'a NUL in a PAX path',
    bytes: () => archive(pax(['path', 'a\0b']), header()),
    expected: 'NAME_NUL',
  },
  {
    id: 'A7',
    title: 'a NUL in a GNU long name',
    bytes: () => archive(gnuLong('L', 'a\0b'), header(gnu)),
    expected: 'NAME_NUL',
  },
  {
    id: 'A7',
    title: 'a NUL in a sparse name',
    bytes: () =>
      archive(pax(['GNU.sparse.name', 'a\0b'], ['GNU.sparse.size', '0'], ['GNU.sparse.numblocks', '0']), header()),
    expected: 'NAME_NUL',
  },
  {
    id: 'A7',
    title: 'a NUL in a hard link target',
    bytes: () => archive(target, pax(['linkpath', 'a\0b']), header({ typeflag: '1' })),
    expected: 'NAME_NUL',
  },
  {
    id: 'A7',
    title: 'a NUL in the link path of a plain file',
    bytes: () => archive(pax(['linkpath', 'a\0b']), header()),
    expected: 'NAME_NUL',
  },
  {
    id: 'B12',
    title: 'an empty symlink text',
    bytes: () => archive(header({ typeflag: '2' })),
    expected: 'LINK_TEXT_INVALID',
  },
  {
    id: 'B12',
    title: 'an empty hard link target',
    bytes: () => archive(header({ typeflag: '1' })),
    expected: 'LINK_TEXT_INVALID',
  },
  {
    id: 'B12',
    title: 'a symlink text of 4096 bytes',
    bytes: () => archive(pax(['linkpath', 'x'.repeat(4096)]), header({ typeflag: '2' })),
    expected: 'LINK_TEXT_INVALID',
  },
  {
    id: 'B12',
    title: 'a symlink text of 4095 bytes',
    bytes: () => archive(pax(['linkpath', 'x'.repeat(4095)]), header({ typeflag: '2' })),
    expected: { f: [] },
  },
  {
    id: 'B12',
    title: 'a NUL in a symlink text',
    bytes: () => archive(gnuLong('K', 'a\0b'), header({ typeflag: '2', ...gnu })),
    expected: 'LINK_TEXT_INVALID',
  },
];

const device = (major: string | Uint8Array, minor: string | Uint8Array) =>
  archive(header({ typeflag: '3', major, minor }));
const xattr = (name: string, value: string | Uint8Array = 'v') =>
  archive(pax([`SCHILY.xattr.${name}`, value]), header());

export const facts: readonly HostileArchive[] = [
  {
    id: 'E2',
    title: 'a major number of 4096',
    bytes: () => device('0010000\0', '0000000\0'),
    expected: 'DEVICE_OUT_OF_RANGE',
  },
  {
    id: 'E2',
    title: 'a minor number of 2^20',
    bytes: () => device('0000000\0', '4000000\0'),
    expected: 'DEVICE_OUT_OF_RANGE',
  },
  {
    id: 'E2',
    title: 'a negative major number',
    bytes: () => device(base256(-1n, 8), ''),
    expected: 'DEVICE_OUT_OF_RANGE',
  },
  {
    id: 'E2',
    title: 'PAX device numbers, which only bsdtar obeys',
    bytes: () => archive(pax(['SCHILY.devmajor', '9']), header({ typeflag: '3', major: '0000001\0' })),
    expected: 'TAR_PAX_RECORD',
  },
  { id: 'E10', title: 'an xattr without namespace', bytes: () => xattr('name'), expected: 'XATTR_INVALID' },
  { id: 'E10', title: 'an xattr with an empty namespace', bytes: () => xattr('.name'), expected: 'XATTR_INVALID' },
  {
    id: 'E10',
    title: 'an xattr with nothing behind its namespace',
    bytes: () => xattr('user.'),
    expected: 'XATTR_INVALID',
  },
  { id: 'E10', title: 'an xattr with an empty name', bytes: () => xattr(''), expected: 'XATTR_INVALID' },
  { id: 'E10', title: 'an xattr with a NUL in its name', bytes: () => xattr('user.a\0b'), expected: 'XATTR_INVALID' },
  {
    id: 'E10',
    title: 'an xattr name of 256 bytes',
    bytes: () => xattr(`user.${'n'.repeat(251)}`),
    expected: 'XATTR_INVALID',
  },
  {
    id: 'E10',
    title: 'an xattr name of 255 bytes',
    bytes: () => xattr(`user.${'n'.repeat(250)}`),
    expected: { f: [] },
  },
  {
    id: 'E10',
    title: 'an xattr value over 64 KiB',
    bytes: () => xattr('user.a', Buffer.alloc(65537)),
    expected: 'XATTR_INVALID',
  },
  {
    id: 'E10',
    title: 'an xattr value of 64 KiB',
    bytes: () => xattr('user.a', Buffer.alloc(65536)),
    expected: { f: [] },
  },
  {
    id: 'E10',
    title: 'more xattrs than the limit',
    bytes: () =>
      archive(pax(['SCHILY.xattr.user.a', 'x'.repeat(50)], ['SCHILY.xattr.user.b', 'x'.repeat(50)]), header()),
    options: { maxXattrBytes: 100 },
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'E10',
    title: '10 000 xattrs of one entry',
    bytes: () =>
      archive(pax(...Array.from({ length: 10_000 }, (_, n) => [`SCHILY.xattr.user.${n}`, ''] as const)), header()),
    expected: { f: [] },
  },
  {
    id: 'E10',
    title: 'an xattr whose two encodings contradict each other',
    bytes: () => archive(pax(['LIBARCHIVE.xattr.user.a', 'eA=='], ['SCHILY.xattr.user.a', 'y']), header()),
    expected: 'XATTR_INVALID',
  },
  {
    id: 'E10',
    title: 'an xattr that is no base64',
    bytes: () => archive(pax(['LIBARCHIVE.xattr.user.a', 'e*==']), header()),
    expected: 'XATTR_INVALID',
  },
  {
    id: 'E10',
    title: 'an xattr name that is not URL-encoded',
    bytes: () => archive(pax(['LIBARCHIVE.xattr.user.%zz', 'eA==']), header()),
    expected: 'XATTR_INVALID',
  },
  {
    id: 'E11',
    title: 'uid 4294967295',
    bytes: () => archive(header({ uid: base256(4294967295n, 8) })),
    expected: 'ID_OUT_OF_RANGE',
  },
  {
    id: 'E11',
    title: 'PAX gid 4294967295',
    bytes: () => archive(pax(['gid', '4294967295']), header()),
    expected: 'ID_OUT_OF_RANGE',
  },
  {
    id: 'E11',
    title: 'uid 2^32',
    bytes: () => archive(header({ uid: base256(1n << 32n, 8) })),
    expected: 'ID_OUT_OF_RANGE',
  },
  {
    id: 'E11',
    title: 'a negative gid',
    bytes: () => archive(header({ gid: base256(-1n, 8) })),
    expected: 'ID_OUT_OF_RANGE',
  },
  {
    id: 'E11',
    title: 'a negative PAX uid',
    bytes: () => archive(pax(['uid', '-1']), header()),
    expected: 'ID_OUT_OF_RANGE',
  },
  {
    id: 'E11',
    title: 'a PAX uid of 30 digits',
    bytes: () => archive(pax(['uid', '9'.repeat(30)]), header()),
    expected: 'ID_OUT_OF_RANGE',
  },
  {
    id: 'E12',
    title: 'the file type in the mode, as stat(2) has it',
    bytes: () => archive(header({ mode: '0100644\0' })),
    expected: { f: [] },
  },
  {
    id: 'E12',
    title: 'another file type in the mode',
    bytes: () => archive(header({ mode: '0120644\0' })),
    expected: { f: ['MODE_TYPE_BITS'] },
  },
  {
    id: 'E12',
    title: 'a mode of all ones',
    bytes: () => archive(header({ mode: '37777777' })),
    expected: { f: ['MODE_TYPE_BITS'] },
  },
  {
    id: 'E12',
    title: 'a mode that is no number',
    bytes: () => archive(header({ mode: 'rw-r--r-' })),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'E13',
    title: 'a PAX mtime of nan',
    bytes: () => archive(pax(['mtime', 'nan']), header()),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'E13',
    title: 'a PAX mtime with an exponent',
    bytes: () => archive(pax(['mtime', '1e5']), header()),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'E13',
    title: 'a PAX mtime with a plus sign',
    bytes: () => archive(pax(['mtime', '+5']), header()),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'E13',
    title: 'a PAX mtime without seconds',
    bytes: () => archive(pax(['mtime', '.5']), header()),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'E13',
    title: 'a PAX mtime with a space',
    bytes: () => archive(pax(['mtime', '5 ']), header()),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'E13',
    title: 'a PAX mtime of 2^53',
    bytes: () => archive(pax(['mtime', '9007199254740992']), header()),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'E13',
    title: 'a base-256 mtime below -2^53',
    bytes: () => archive(header({ mtime: base256(-(1n << 60n), 12) })),
    expected: 'TAR_NUMBER',
  },
];

const body = 'hello';
const xThen = (raw: string) => archive(rawPax(raw), member({}, body));

export const framing: readonly HostileArchive[] = [
  {
    id: 'F1',
    title: 'a PAX size over a header size of 0, with an archive hidden in the body',
    bytes: () => archive(pax(['size', String(inner.length)]), header({ name: 'outer', size: 0 }), inner, after),
    expected: { outer: ['PAX_SIZE_WINS'], after: [] },
  },
  {
    id: 'F2',
    title: 'a PAX size that differs from the header size',
    bytes: () => archive(pax(['size', '5']), header({ size: 1024 }), padded(Buffer.from(body)), after),
    expected: { f: ['PAX_SIZE_WINS'], after: [] },
  },
  {
    id: 'F2',
    title: 'a PAX size of 9 GiB over a header size of 0, which no header can hold',
    bytes: () => Buffer.concat([pax(['size', String(9 * 1024 ** 3)]), header({ size: 0 })]),
    expected: 'TAR_TRUNCATED',
  },
  {
    id: 'F3',
    title: 'a PAX size followed by a GNU long name',
    bytes: () =>
      archive(
        pax(['size', '5']),
        gnuLong('L', 'long'),
        header({ size: 1024, ...gnu }),
        padded(Buffer.from(body)),
        after,
      ),
    expected: { long: ['PAX_SIZE_WINS'], after: [] },
  },
  {
    id: 'F3',
    title: 'a PAX size on a hard link',
    bytes: () => archive(target, pax(['size', '1024']), header({ typeflag: '1', linkName: 'target' }), inner, after),
    expected: 'TAR_LINK_WITH_BODY',
  },
  {
    id: 'F3',
    title: 'a PAX size on a directory',
    bytes: () => archive(pax(['size', '1024']), header({ typeflag: '5' }), inner, after),
    expected: 'TAR_LINK_WITH_BODY',
  },
  {
    id: 'F3',
    title: 'a PAX size of 0 over the header size of a symlink',
    bytes: () => archive(pax(['size', '0']), header({ typeflag: '2', linkName: 't', size: 1024 }), inner),
    expected: { f: ['PAX_SIZE_WINS'], INNER: [] },
  },
  {
    id: 'F4',
    title: 'a PAX path before a GNU long name',
    bytes: () => archive(pax(['path', 'p']), gnuLong('L', 'l'), header(gnu)),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'F4',
    title: 'a PAX path behind a GNU long name',
    bytes: () => archive(gnuLong('L', 'l'), pax(['path', 'p']), header(gnu)),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'F4',
    title: 'a PAX linkpath and a GNU long link name',
    bytes: () => archive(pax(['linkpath', 'p']), gnuLong('K', 'l'), header({ typeflag: '2', ...gnu })),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'F4',
    title: 'a sparse name and a GNU long name',
    bytes: () => archive(gnuLong('L', 'l'), version1('10'), map1('1\n0\n5\n', body)),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'F5',
    title: 'a PAX record that is too long for its header',
    bytes: () => xThen('99 path=abc\n'),
    expected: 'TAR_PAX_RECORD',
  },
  {
    id: 'F5',
    title: 'a PAX record shorter than it is',
    bytes: () => xThen('10 path=abc\n'),
    expected: 'TAR_PAX_RECORD',
  },
  {
    id: 'F5',
    title: 'a PAX record shorter than its length',
    bytes: () => xThen('1 path=abc\n'),
    expected: 'TAR_PAX_RECORD',
  },
  { id: 'F5', title: 'a PAX record of length 0', bytes: () => xThen('0 path=abc\n'), expected: 'TAR_PAX_RECORD' },
  { id: 'F5', title: 'a PAX record without newline', bytes: () => xThen('12 path=abcd'), expected: 'TAR_PAX_RECORD' },
  { id: 'F5', title: 'a PAX record without "="', bytes: () => xThen('11 pathabc\n'), expected: 'TAR_PAX_RECORD' },
  {
    id: 'F5',
    title: 'a PAX record with the "=" of the next',
    bytes: () => xThen('6 abc\n12 path=abc\n'),
    expected: 'TAR_PAX_RECORD',
  },
  { id: 'F5', title: 'a PAX record with an empty key', bytes: () => xThen('8 =path\n'), expected: 'TAR_PAX_RECORD' },
  { id: 'F5', title: 'a PAX record with an empty size', bytes: () => xThen('8 size=\n'), expected: 'TAR_PAX_RECORD' },
  { id: 'F5', title: 'a PAX record with an empty uid', bytes: () => xThen('7 uid=\n'), expected: 'TAR_PAX_RECORD' },
  { id: 'F5', title: 'a PAX record behind a space', bytes: () => xThen(' 12 path=abc\n'), expected: 'TAR_PAX_RECORD' },
  { id: 'F5', title: 'a PAX record with a tab', bytes: () => xThen('12\tpath=abc\n'), expected: 'TAR_PAX_RECORD' },
  {
    id: 'F5',
    title: 'a PAX record with a hexadecimal length',
    bytes: () => xThen('0xc path=abc\n'),
    expected: 'TAR_PAX_RECORD',
  },
  {
    id: 'F5',
    title: 'a PAX header with NULs behind its records',
    bytes: () => xThen('12 path=abc\n\0\0\0'),
    expected: 'TAR_PAX_RECORD',
  },
  {
    id: 'F5',
    title: 'a PAX length of a million digits',
    bytes: () => xThen(`${'1'.repeat(900_000)} path=abc\n`),
    expected: 'TAR_PAX_RECORD',
  },
  {
    id: 'F5',
    title: 'two paths in one PAX header',
    bytes: () => archive(pax(['path', 'a'], ['path', 'b']), header()),
    expected: 'TAR_PAX_RECORD',
  },
  {
    id: 'F5',
    title: 'two sizes in one PAX header',
    bytes: () => archive(pax(['size', '5'], ['size', '5']), member({}, body)),
    expected: 'TAR_PAX_RECORD',
  },
  ...['+5', '5e0', '0x5', ' 5', '5 ', '5.0', 'five', '٥'].map((text) => ({
    id: 'F6',
    title: `a PAX size of "${text}"`,
    bytes: () => archive(pax(['size', Buffer.from(text)]), member({}, body)),
    expected: 'TAR_NUMBER' as const,
  })),
  ...['+5', '5e0', '0x5', ' 5', '5 ', '5.0'].map((text) => ({
    id: 'F6',
    title: `a PAX uid of "${text}"`,
    bytes: () => archive(pax(['uid', text]), member({}, body)),
    expected: 'TAR_NUMBER' as const,
  })),
  {
    id: 'F6',
    title: 'a negative PAX size',
    bytes: () => archive(pax(['size', '-5']), header()),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F6',
    title: 'a PAX size of 2^64',
    bytes: () => archive(pax(['size', String(1n << 64n)]), header()),
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F6',
    title: 'a PAX size of 100 000 digits',
    bytes: () => archive(pax(['size', '9'.repeat(100_000)]), header()),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F6',
    title: 'an octal size with an 8',
    bytes: () => archive(header({ size: '00000000018\0' })),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F6',
    title: 'an octal size with a sign',
    bytes: () => archive(header({ size: '-0000000001\0' })),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F6',
    title: 'two octal numbers in one field',
    bytes: () => archive(header({ size: '1 2\0\0\0\0\0\0\0\0\0' })),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F6',
    title: 'an octal size behind a NUL',
    bytes: () => archive(header({ size: '\x000000000001\0' })),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F6',
    title: 'a size of spaces',
    bytes: () => archive(header({ size: ' '.repeat(12) })),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F6',
    title: 'a base-256 mark that is not 0x80 or 0xff',
    bytes: () => archive(header({ size: `\x81${'\0'.repeat(10)}\x01` })),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F7',
    title: 'a PAX header before the end',
    bytes: () => archive(after, pax(['path', 'p'])),
    expected: 'TAR_EXTENSION',
  },
  { id: 'F7', title: 'a PAX header and nothing more', bytes: () => pax(['path', 'p']), expected: 'TAR_EXTENSION' },
  {
    id: 'F7',
    title: 'a GNU long name before the end',
    bytes: () => archive(gnuLong('L', 'l')),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'F7',
    title: 'a GNU long link name and nothing more',
    bytes: () => gnuLong('K', 'l'),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'F7',
    title: 'two PAX headers for one entry',
    bytes: () => archive(pax(['path', 'p']), pax(['mtime', '5']), header()),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'F7',
    title: 'two GNU long names for one entry',
    bytes: () => archive(gnuLong('L', 'a'), gnuLong('L', 'b'), header(gnu)),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'F7',
    title: 'two GNU long link names for one entry',
    bytes: () => archive(gnuLong('K', 'a'), gnuLong('K', 'b'), header({ typeflag: '2', ...gnu })),
    expected: 'TAR_EXTENSION',
  },
  {
    id: 'F7',
    title: 'a global header between a PAX header and its entry',
    bytes: () => archive(pax(['path', 'p']), globalPax(['comment', 'c']), header()),
    expected: 'TAR_EXTENSION',
  },
  ...['path', 'linkpath', 'size', 'GNU.sparse.name'].map((key) => ({
    id: 'F8',
    title: `a global header that sets ${key}`,
    bytes: () => archive(globalPax([key, '5']), header()),
    expected: 'TAR_GLOBAL_OVERRIDE' as const,
  })),
  {
    id: 'F8',
    title: 'a malformed global header',
    bytes: () => archive(member({ typeflag: 'g' }, '99 a=b\n'), header()),
    expected: 'TAR_PAX_RECORD',
  },
  {
    id: 'F8',
    title: 'a global header with a comment',
    bytes: () => archive(globalPax(['comment', 'c']), header()),
    expected: { f: [] },
  },
  {
    id: 'F10',
    title: 'a negative base-256 size',
    bytes: () => archive(header({ size: base256(-5n, 12) })),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F10',
    title: 'a negative size of an extension header',
    bytes: () => archive(header({ typeflag: 'x', size: base256(-512n, 12) }), header()),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F11',
    title: 'a wrong checksum',
    bytes: () => archive(broken(header({ name: 'a' }))),
    expected: 'TAR_CHECKSUM',
  },
  {
    id: 'F11',
    title: 'a wrong checksum between good entries',
    bytes: () => archive(after, broken(member({}, body)), after),
    expected: 'TAR_CHECKSUM',
  },
  { id: 'F11', title: 'random bytes', bytes: () => Buffer.alloc(2048, 'garbage'), expected: 'TAR_CHECKSUM' },
  {
    id: 'F12',
    title: 'an end inside a header',
    bytes: () => archive(after).subarray(0, 1124),
    expected: 'TAR_TRUNCATED',
  },
  {
    id: 'F12',
    title: 'an end inside the first header',
    bytes: () => header().subarray(0, 511),
    expected: 'TAR_TRUNCATED',
  },
  {
    id: 'F12',
    title: 'an end inside a body',
    bytes: () => member({}, 'x'.repeat(2000)).subarray(0, 1000),
    expected: 'TAR_TRUNCATED',
  },
  {
    id: 'F12',
    title: 'an end right behind a header that has a body',
    bytes: () => member({}, body).subarray(0, 512),
    expected: 'TAR_TRUNCATED',
  },
  {
    id: 'F12',
    title: 'an end inside the padding',
    bytes: () => member({}, body).subarray(0, 600),
    expected: 'TAR_TRUNCATED',
  },
  {
    id: 'F12',
    title: 'an end inside an extension header',
    bytes: () => pax(['path', 'x'.repeat(600)]).subarray(0, 700),
    expected: 'TAR_TRUNCATED',
  },
  {
    id: 'F12',
    title: 'an end inside a sparse map',
    bytes: () => Buffer.concat([version1('100'), header({ size: 517 })]),
    expected: 'TAR_TRUNCATED',
  },
  { id: 'F12', title: 'a good entry without end blocks', bytes: () => after, expected: { after: [] } },
  ...['2', '3', '4', '6'].map((typeflag) => ({
    id: 'F13',
    title: `a size on an entry of type ${typeflag}`,
    bytes: () => archive(header({ typeflag, linkName: 't', size: 1024 }), inner),
    expected: 'TAR_LINK_WITH_BODY' as const,
  })),
  {
    id: 'F13',
    title: 'a size on an old directory made by a trailing slash',
    bytes: () => archive(header({ name: 'd/', typeflag: '\0', size: 1024 }), inner),
    expected: 'TAR_LINK_WITH_BODY',
  },
  {
    id: 'F13',
    title: 'a size on what only the header’s own name makes a directory',
    bytes: () => archive(pax(['path', 'x']), header({ name: 'd/', typeflag: '\0', size: 1024 }), inner),
    expected: 'TAR_LINK_WITH_BODY',
  },
  {
    id: 'F13',
    title: 'a size on a directory',
    bytes: () => archive(header({ name: 'd/', typeflag: '5', size: 1024 }), inner),
    expected: { 'd/': ['BODY_SIZE_IGNORED'], INNER: [] },
  },
  {
    id: 'F13',
    title: 'a size on a hard link in an archive without PAX headers',
    bytes: () => archive(target, header({ typeflag: '1', linkName: 'target', size: 1024 }), inner),
    expected: { target: [], f: ['BODY_SIZE_IGNORED'], INNER: [] },
  },
  {
    id: 'F13',
    title: 'a size on a hard link in an archive with a PAX header anywhere before',
    bytes: () =>
      archive(pax(['comment', 'c']), target, header({ typeflag: '1', linkName: 'target', size: 1024 }), inner),
    expected: 'TAR_LINK_WITH_BODY',
  },
  {
    id: 'F13',
    title: 'a real body behind a hard link',
    bytes: () =>
      archive(target, header({ typeflag: '1', linkName: 'target', size: 5 }), padded(Buffer.from(body)), after),
    expected: 'TAR_CHECKSUM',
  },
  {
    id: 'F14',
    title: 'an archive behind the end',
    bytes: () => Buffer.concat([archive(after), archive(inner)]),
    expected: { after: [] },
  },
  {
    id: 'F14',
    title: 'garbage behind the end',
    bytes: () => Buffer.concat([archive(after), Buffer.from('garbage')]),
    expected: { after: [] },
  },
  {
    id: 'F15',
    title: 'a lone zero block between entries',
    bytes: () => archive(after, Buffer.alloc(512), inner),
    expected: 'TAR_LONE_ZERO_BLOCK',
  },
  {
    id: 'F15',
    title: 'a lone zero block before all entries',
    bytes: () => archive(Buffer.alloc(512), inner),
    expected: 'TAR_LONE_ZERO_BLOCK',
  },
  {
    id: 'F15',
    title: 'a lone zero block before garbage',
    bytes: () => Buffer.concat([after, Buffer.alloc(512), Buffer.alloc(512, 7)]),
    expected: 'TAR_LONE_ZERO_BLOCK',
  },
  {
    id: 'F15',
    title: 'a zero block between an extension and its entry',
    bytes: () => archive(pax(['path', 'p']), Buffer.alloc(512), header()),
    expected: 'TAR_EXTENSION',
  },
  ...'8ADEIMNSVXZ\x01\xff'.split('').map((typeflag) => ({
    id: 'F16',
    title: `type flag ${JSON.stringify(typeflag)}`,
    bytes: () => archive(header({ typeflag }), after),
    expected: typeflag === 'S' ? ('TAR_SPARSE' as const) : ('TAR_TYPEFLAG' as const),
  })),
  {
    id: 'F16',
    title: 'type flag 7',
    bytes: () => archive(member({ typeflag: '7' }, body), after),
    expected: { f: [], after: [] },
  },
  ...['ustar 00', 'ustar  1', 'ustar \0\0', 'USTAR\x0000', 'xxxxx\x0000', '\0ustar00', '\0\0\0\0\0\x0000'].map(
    (magic) => ({
      id: 'F17',
      title: `the magic ${JSON.stringify(magic)}`,
      bytes: () => archive(header({ magic, prefix: 'pre' }), after),
      expected: 'TAR_MAGIC' as const,
    }),
  ),
  ...['ustar\0\0\0', 'ustar\0  ', 'ustar\x0001'].map((magic) => ({
    id: 'F17',
    title: `the magic ${JSON.stringify(magic)}, which every reader takes for ustar`,
    bytes: () => archive(header({ magic, prefix: 'pre' }), after),
    expected: { 'pre/f': [], after: [] },
  })),
  {
    id: 'F17',
    title: 'a prefix in a v7 header',
    bytes: () => archive(header({ magic: magics.v7, prefix: 'pre' })),
    expected: 'TAR_MAGIC',
  },
  {
    id: 'F17',
    title: 'device numbers in a v7 header',
    bytes: () => archive(header({ magic: magics.v7, typeflag: '3', major: '0000001\0' })),
    expected: 'TAR_MAGIC',
  },
  {
    id: 'F17',
    title: 'a prefix in a GNU header',
    bytes: () => archive(header({ ...gnu, prefix: 'usr/share' })),
    expected: 'TAR_MAGIC',
  },
  {
    id: 'F17',
    title: 'a star header whose prefix runs into its times',
    bytes: () => archive(header({ prefix: `${'p'.repeat(131)}00000000000 00000000000 `, patches: [[508, 'tar\0']] })),
    expected: 'TAR_MAGIC',
  },
  {
    id: 'F18',
    title: 'a PAX header over the limit, before it is buffered',
    bytes: () => header({ typeflag: 'x', size: 100 * 1024 * 1024 }),
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F18',
    title: 'a long name over the limit',
    bytes: () => header({ typeflag: 'L', size: 1024 * 1024 + 1, ...gnu }),
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F18',
    title: 'a PAX header of 2^63 bytes',
    bytes: () => header({ typeflag: 'x', size: base256(1n << 63n, 12) }),
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F18',
    title: 'extension headers that are over the limit together',
    bytes: () => archive(pax(['comment', 'c'.repeat(600)]), gnuLong('L', 'n'.repeat(600)), header(gnu)),
    options: { maxHeaderBytes: 1000 },
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F18',
    title: 'global headers that are over the limit together',
    bytes: () => archive(...Array.from({ length: 5 }, () => globalPax(['comment', 'c'.repeat(300)])), header()),
    options: { maxHeaderBytes: 1000 },
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F18',
    title: 'extension headers of many entries that are each below the limit',
    bytes: () =>
      archive(...Array.from({ length: 5 }, (_, n) => Buffer.concat([pax(['path', `${n}`.repeat(600)]), header()]))),
    options: { maxHeaderBytes: 1000 },
    expected: Object.fromEntries([0, 1, 2, 3, 4].map((n) => [`${n}`.repeat(600), []])),
  },
  {
    id: 'F19',
    title: 'hdrcharset=BINARY and owner names that are no UTF-8',
    bytes: () =>
      archive(pax(['hdrcharset', 'BINARY'], ['uname', Buffer.of(0xff)], ['path', Buffer.of(0xfe)]), header()),
    expected: { '\xfe': [] },
  },
  {
    id: 'F20',
    title: 'a size of 2^53 + 1',
    bytes: () => archive(header({ size: base256((1n << 53n) + 1n, 12) })),
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F20',
    title: 'a size of 2^53 + 1 with no limit set',
    bytes: () => archive(pax(['size', '9007199254740993']), header()),
    options: { maxSizeBytes: Infinity },
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F20',
    title: 'a base-256 size of 88 bits',
    bytes: () => archive(header({ size: `\x80${'\xff'.repeat(11)}` })),
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F20',
    title: 'a size one above the limit',
    bytes: () => archive(member({}, 'x'.repeat(11))),
    options: { maxSizeBytes: 10 },
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F20',
    title: 'a size just at the limit',
    bytes: () => archive(member({}, 'x'.repeat(10))),
    options: { maxSizeBytes: 10 },
    expected: { f: [] },
  },
];

const long = `${'h'.repeat(512)}world`;
const old = (runs: readonly (readonly [number, number])[], realSize: number, stored: string) =>
  archive(oldGnuSparse({ runs, realSize, raw: { size: stored.length } }), padded(Buffer.from(stored)), after);

export const sparse: readonly HostileArchive[] = [
  {
    id: 'F9',
    title: 'a map with a run that does not fill its last block, which GNU tar reads otherwise',
    bytes: () => archive(version0('0,5,9995,5'), member({}, 'helloworld')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an old GNU map with overlapping runs',
    bytes: () =>
      old(
        [
          [0, 512],
          [3, 5],
        ],
        10000,
        long,
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an old GNU map out of order',
    bytes: () =>
      old(
        [
          [5000, 512],
          [0, 5],
        ],
        10000,
        long,
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an old GNU map past the end of the file',
    bytes: () =>
      old(
        [
          [0, 512],
          [9998, 5],
        ],
        10000,
        long,
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an old GNU map of less than is stored',
    bytes: () => old([[0, 5]], 10000, long),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an old GNU map of more than is stored',
    bytes: () => old([[0, 50]], 10000, long),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an old GNU map that goes on after its end',
    bytes: () =>
      archive(
        header({
          typeflag: 'S',
          ...gnu,
          patches: [
            [410, octal(0) + octal(0)],
            [483, octal(10)],
          ],
        }),
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an old GNU map that says so',
    bytes: () =>
      archive(
        header({
          typeflag: 'S',
          ...gnu,
          patches: [
            [482, '\x01'],
            [483, octal(10)],
          ],
        }),
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'half a run in an old GNU map',
    bytes: () =>
      archive(
        header({
          typeflag: 'S',
          ...gnu,
          patches: [
            [386, octal(5)],
            [483, octal(10)],
          ],
        }),
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an old GNU map with something else than numbers',
    bytes: () =>
      archive(
        header({
          typeflag: 'S',
          ...gnu,
          patches: [
            [386, 'x'.repeat(24)],
            [483, octal(10)],
          ],
        }),
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an old GNU map with negative numbers',
    bytes: () =>
      archive(
        header({
          typeflag: 'S',
          ...gnu,
          patches: [
            [386, Buffer.concat([base256(-5n, 12), base256(5n, 12)])],
            [483, octal(10)],
          ],
        }),
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a negative real size',
    bytes: () => archive(header({ typeflag: 'S', ...gnu, patches: [[483, base256(-1n, 12)]] })),
    expected: 'TAR_NUMBER',
  },
  {
    id: 'F9',
    title: 'a real size over the limit',
    bytes: () => archive(header({ typeflag: 'S', ...gnu, patches: [[483, base256(1n << 60n, 12)]] })),
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F9',
    title: 'type S under the ustar magic',
    bytes: () => archive(header({ typeflag: 'S' })),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'type S with a PAX size',
    bytes: () => archive(pax(['size', '0']), header({ typeflag: 'S', ...gnu })),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'old GNU extension blocks without end',
    bytes: () =>
      Buffer.concat([
        oldGnuSparse({
          runs: Array.from({ length: 50_000 }, (_, n) => [n * 1024, 512] as const),
          realSize: 100_000_000,
        }),
      ]),
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F9',
    title: 'a PAX 0.1 map with overlapping runs',
    bytes: () => archive(version0('0,512,3,5'), member({}, long)),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 0.1 map past the end',
    bytes: () => archive(version0('0,512,9998,5'), member({}, long)),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 0.1 map with a number past 2^64',
    bytes: () => archive(version0('0,512,99999999999999999999,5'), member({}, long)),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 0.1 map with half a run',
    bytes: () => archive(version0('0,5,3', '10000', '2'), member({}, 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 0.1 map with another count',
    bytes: () => archive(version0('0,5', '10000', '2'), member({}, 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 0.1 map with a sign',
    bytes: () => archive(version0('0,+5'), member({}, 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 0.1 map with less than is stored',
    bytes: () => archive(version0('0,5'), member({}, long)),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX sparse file over the limit',
    bytes: () => archive(version0('0,5', String(1n << 60n)), member({}, 'hello')),
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F9',
    title: 'a PAX sparse file without size',
    bytes: () => archive(pax(['GNU.sparse.numblocks', '1'], ['GNU.sparse.map', '0,5']), member({}, 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX sparse name and nothing else',
    bytes: () => archive(pax(['GNU.sparse.name', 's']), member({}, 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX sparse size and nothing else',
    bytes: () => archive(pax(['GNU.sparse.size', '9']), member({}, 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'two different PAX sparse sizes',
    bytes: () =>
      archive(pax(['GNU.sparse.size', '9'], ['GNU.sparse.realsize', '8'], ['GNU.sparse.numblocks', '0']), header()),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an unknown PAX sparse version',
    bytes: () => archive(pax(['GNU.sparse.major', '2'], ['GNU.sparse.size', '5']), member({}, 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'an unknown PAX sparse record',
    bytes: () => archive(pax(['GNU.sparse.odd', '2'], ['GNU.sparse.size', '5']), member({}, 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'PAX 0.0 and 0.1 maps at once',
    bytes: () =>
      archive(
        rawPax(
          Buffer.concat([
            paxRecord('GNU.sparse.size', '9'),
            paxRecord('GNU.sparse.map', '0,5'),
            paxRecord('GNU.sparse.offset', '0'),
            paxRecord('GNU.sparse.numbytes', '5'),
            paxRecord('GNU.sparse.numblocks', '1'),
          ]),
        ),
        member({}, 'hello'),
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'PAX 0.0 records in the wrong turn',
    bytes: () =>
      archive(
        pax(
          ['GNU.sparse.size', '9'],
          ['GNU.sparse.numbytes', '5'],
          ['GNU.sparse.offset', '0'],
          ['GNU.sparse.numblocks', '1'],
        ),
        member({}, 'hello'),
      ),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 map with overlapping runs',
    bytes: () => archive(version1('1000'), map1('2\n0\n512\n3\n5\n', long)),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 map past the end',
    bytes: () => archive(version1('100'), map1('1\n98\n5\n', 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 map of more than is stored',
    bytes: () => archive(version1('100'), map1('1\n0\n50\n', 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 map of less than is stored',
    bytes: () => archive(version1('100'), map1('1\n0\n2\n', 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 map longer than the body',
    bytes: () => archive(version1('100'), map1('9\n0\n5\n', 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 file without a map',
    bytes: () => archive(version1('100'), member({}, '')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 map with something else than numbers',
    bytes: () => archive(version1('100'), map1('1\n0x0\n5\n', 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 map with an empty line',
    bytes: () => archive(version1('100'), map1('1\n\n0\n5\n', 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 map with a number past 2^53',
    bytes: () => archive(version1('100'), map1('1\n0\n9007199254740993\n', 'hello')),
    expected: 'TAR_SPARSE',
  },
  {
    id: 'F9',
    title: 'a PAX 1.0 map over the limit',
    bytes: () =>
      archive(
        version1('2000000'),
        map1(`1000\n${Array.from({ length: 1000 }, (_, n) => `${n * 1024}\n512\n`).join('')}`, 'x'.repeat(512_000)),
      ),
    options: { maxHeaderBytes: 3000 },
    expected: 'LIMIT_EXCEEDED',
  },
  {
    id: 'F9',
    title: 'star’s real size, which only bsdtar obeys',
    bytes: () => archive(pax(['SCHILY.realsize', '9999']), member({}, 'hello')),
    expected: 'TAR_PAX_RECORD',
  },
];

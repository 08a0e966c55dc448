/** F: the framing of tar archives. */
import {
  file,
  gnuLongName,
  gnuSparse,
  padded,
  paxHeader,
  paxSparse,
  rawEntry,
  rawTar,
  sparseFile,
  zeroBlock,
} from '../../src/testing/index.ts';
import type { HostileRow } from './hostile-row.ts';
import { refusedArchives } from './refused-archives.ts';

const raw = (...blocks: readonly Uint8Array[]) => ({ layers: [rawTar(...blocks)] });
const hidden = rawEntry({ name: 'hidden', body: 'x' });
const after = rawEntry({ name: 'after', body: 'x' });

export const hiddenByPaxSize: HostileRow = {
  id: 'F1',
  title: 'an archive is hidden in the body of an entry',
  structure: 'The header says size 0, its PAX record says how long the body, a whole archive, really is.',
  consequence:
    'Readers that believe the header extract the hidden entries, scanners that believe the record do not see them (TARmageddon, CVE-2025-62518).',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'a header size of 0',
      build: () => raw(paxHeader({ size: String(hidden.length) }), rawEntry({ name: 'outer', size: 0 }), hidden, after),
      expect: { tree: [file('outer', hidden), file('after', 'x')] },
      notes: ['PAX_SIZE_WINS'],
    },
  ],
};

export const paxSizeDiffers: HostileRow = {
  id: 'F2',
  title: 'two sizes of one entry contradict each other',
  structure: 'The header says one size, the PAX record another, smaller one.',
  consequence: 'The same as F1, the other way round (tar-rs CVE-2026-33055).',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'a smaller PAX size',
      build: () =>
        raw(paxHeader({ size: '5' }), rawEntry({ name: 'f', size: 1024 }), padded(Buffer.from('hello')), after),
      expect: { tree: [file('f', 'hello'), file('after', 'x')] },
      notes: ['PAX_SIZE_WINS'],
    },
    ...refusedArchives('F2'),
  ],
};

export const paxSizeOfAnotherHeader: HostileRow = {
  id: 'F3',
  title: 'a PAX size stands before another extension header',
  structure: 'A PAX header with a size, then a GNU long name, then the file; or a link or directory.',
  consequence: 'Readers that apply the size to the wrong header lose their place (node-tar CVE-2026-53655).',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'before a GNU long name',
      build: () =>
        raw(
          paxHeader({ size: '5' }),
          gnuLongName('long'),
          rawEntry({ name: 'short', size: 1024, magic: 'gnu' }),
          padded(Buffer.from('hello')),
          after,
        ),
      expect: { tree: [file('long', 'hello'), file('after', 'x')] },
      notes: ['PAX_SIZE_WINS'],
    },
    ...refusedArchives('F3'),
  ],
};

export const twoLongNames: HostileRow = {
  id: 'F4',
  title: 'an entry has a PAX name and a GNU long name',
  structure: 'Both kinds of extension header for one name or link target.',
  consequence: 'Half of the readers take the one, half the other.',
  verdict: 'rejected',
  inputs: refusedArchives('F4'),
};

export const brokenPaxRecord: HostileRow = {
  id: 'F5',
  title: 'a PAX record is malformed',
  structure: 'Wrong lengths, no “=”, no newline, empty keys and values, the same key twice.',
  consequence: 'Readers go on at different places and see different records.',
  verdict: 'rejected',
  inputs: refusedArchives('F5'),
};

export const oddNumbers: HostileRow = {
  id: 'F6',
  title: 'a number is written in an odd way',
  structure: 'Signs, exponents, hexadecimal, spaces, fractions, foreign digits, a million of them.',
  consequence: 'What one reader takes for 5 is 0 or an error for another; JavaScript takes nearly anything.',
  verdict: 'rejected',
  inputs: refusedArchives('F6'),
};

export const danglingExtension: HostileRow = {
  id: 'F7',
  title: 'an extension header describes no entry, or another one does so too',
  structure: 'PAX headers and long names at the end of the archive, doubled, or with other headers between.',
  consequence: 'Its name or size goes to an entry it was not written for.',
  verdict: 'rejected',
  inputs: refusedArchives('F7'),
};

export const globalOverride: HostileRow = {
  id: 'F8',
  title: 'a global header renames or resizes entries',
  structure: 'A PAX “g” header with path, linkpath or size.',
  consequence: 'GNU tar and Python rename every following file, bsdtar does not, umoci fails.',
  verdict: 'rejected',
  inputs: [
    ...refusedArchives('F8'),
    {
      title: 'a comment, which is harmless',
      build: () => raw(paxHeader({ comment: 'c', mtime: '5' }, { type: 'g' }), after),
      expect: { tree: [file('after', 'x')] },
    },
  ],
};

const holes = { name: 'sparse', realSize: 100_000, runs: [{ offset: 51_200, data: 'y'.repeat(512) }] };

export const brokenSparseMap: HostileRow = {
  id: 'F9',
  title: 'the map of a sparse file is false or huge',
  structure:
    'Runs that overlap, go backwards or past the end, hold more than is stored; maps without end; in all four forms.',
  consequence: 'Memory runs out (CVE-2025-58183), or bytes of another entry become the content.',
  verdict: 'rejected',
  inputs: [
    ...refusedArchives('F9'),
    ...(['0.0', '0.1', '1.0'] as const).map((version) => ({
      title: `a true map in PAX form ${version}`,
      build: () => raw(paxSparse(version, holes)),
      expect: { tree: [sparseFile('sparse', holes.realSize, holes.runs)] },
    })),
    {
      title: 'a true map in the old GNU form',
      build: () => raw(gnuSparse(holes)),
      expect: { tree: [sparseFile('sparse', holes.realSize, holes.runs)] },
    },
  ],
};

export const negativeSize: HostileRow = {
  id: 'F10',
  title: 'a size is negative',
  structure: 'Base-256 sizes below zero, of files and of extension headers.',
  consequence: 'The reader steps back and never ends (node-tar CVE-2026-59874).',
  verdict: 'rejected',
  inputs: refusedArchives('F10'),
};

export const wrongChecksum: HostileRow = {
  id: 'F11',
  title: 'a header has a wrong checksum',
  structure: 'One flipped bit in the first or a later header, or no archive at all.',
  consequence: 'Readers that search for the next good header skip entries without a word.',
  verdict: 'rejected',
  inputs: refusedArchives('F11'),
};

export const cutShort: HostileRow = {
  id: 'F12',
  title: 'an archive is cut short',
  structure: 'It ends inside a header, a body, its padding or an extension header; or before the two zero blocks.',
  consequence: 'Half a file looks whole.',
  verdict: 'rejected',
  inputs: [
    ...refusedArchives('F12'),
    {
      title: 'no zero blocks at the end, as many writers leave it',
      build: () => ({ layers: [after] }),
      expect: { tree: [file('after', 'x')] },
    },
    { title: 'nothing at all', build: () => ({ layers: [Buffer.alloc(0)] }), expect: { tree: [] } },
    {
      title: 'one zero block at the end',
      build: () => ({ layers: [Buffer.concat([after, zeroBlock])] }),
      expect: { tree: [file('after', 'x')] },
    },
  ],
};

export const linkWithBody: HostileRow = {
  id: 'F13',
  title: 'something that is not a file claims a body',
  structure: 'A size on symbolic links, devices and pipes; behind it entries that hide in the body.',
  consequence:
    'GNU tar skips the body, others read it as entries: one scans an archive, another unpacks a different one.',
  verdict: 'rejected',
  inputs: refusedArchives('F13'),
};

export const bytesAfterTheEnd: HostileRow = {
  id: 'F14',
  title: 'bytes follow the end of an archive',
  structure: 'A second archive or garbage behind the two zero blocks.',
  consequence:
    'Readers that stop at the end never check the digest of the rest (go-containerregistry #2303); others read on.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'another archive',
      build: () => ({ layers: [Buffer.concat([rawTar(after), rawTar(hidden)])] }),
      expect: { tree: [file('after', 'x')] },
      notes: ['TRAILING_BYTES'],
    },
    {
      title: 'garbage',
      build: () => ({ layers: [Buffer.concat([rawTar(after), Buffer.from('garbage')])] }),
      expect: { tree: [file('after', 'x')] },
      notes: ['TRAILING_BYTES'],
    },
  ],
};

export const loneZeroBlock: HostileRow = {
  id: 'F15',
  title: 'one zero block stands between entries',
  structure: 'A block of zeros, then more entries, garbage, or the entry that an extension header announced.',
  consequence: 'Some readers stop there, some go on.',
  verdict: 'rejected',
  inputs: refusedArchives('F15'),
};

export const unknownType: HostileRow = {
  id: 'F16',
  title: 'an entry has an unknown type',
  structure: 'Type flags for volumes, dumps, access lists and ones that nobody has defined.',
  consequence: 'Some readers make a file of it, some skip it.',
  verdict: 'rejected',
  inputs: [
    ...refusedArchives('F16'),
    {
      title: 'type flag 7, a contiguous file, which is a file',
      build: () => raw(rawEntry({ name: 'f', typeflag: '7', body: '1' })),
      expect: { tree: [file('f', '1')] },
    },
  ],
};

export const mixedDialects: HostileRow = {
  id: 'F17',
  title: 'a header mixes tar dialects',
  structure: 'Unknown magics, and old or GNU headers with a prefix where other fields are.',
  consequence: 'A reader that takes the bytes for a prefix extracts to another path.',
  verdict: 'rejected',
  inputs: refusedArchives('F17'),
};

export const hugeHeader: HostileRow = {
  id: 'F18',
  title: 'an extension header is huge',
  structure: 'PAX headers and long names of a hundred megabytes and more, alone or together.',
  consequence: 'They are read into memory before anybody looks at them.',
  verdict: 'limited',
  inputs: refusedArchives('F18').map((input) => ({
    ...input,
    expect: { error: 'LIMIT_EXCEEDED' as const, says: /--max-header/ },
  })),
};

export const binaryNames: HostileRow = {
  id: 'F19',
  title: 'PAX records are no UTF-8',
  structure: '“hdrcharset=BINARY”, owner names and paths of raw bytes.',
  consequence: 'Decoding fails, or changes the name.',
  verdict: 'kept',
  inputs: [
    {
      title: 'a path and owner names',
      build: () =>
        raw(
          paxHeader({ hdrcharset: 'BINARY', uname: Buffer.of(0xff), gname: '', path: Buffer.of(0xfe, 0x2f, 0xff) }),
          rawEntry({ name: 'f', body: '1', uname: Buffer.of(0x80) }),
          after,
        ),
      expect: { tree: [file('\udcfe/\udcff', '1'), file('after', 'x')] },
    },
  ],
};

export const hugeSize: HostileRow = {
  id: 'F20',
  title: 'a size is larger than JavaScript can count',
  structure: 'Sizes of 2^53 + 1 and more, in base-256 and in PAX records.',
  consequence: 'Rounded, they end at another byte than in other readers.',
  verdict: 'limited',
  inputs: refusedArchives('F20'),
};

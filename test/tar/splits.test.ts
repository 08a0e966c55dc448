import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { needs, peers, readWithPython, run, scratch, writeArchives } from './peers.ts';
import { archive, base256, end, globalPax, gnuLong, header, magics, member, padded, pax } from './raw-archive.ts';
import { readArchive } from './read-archive.ts';

interface Case {
  readonly title: string;
  readonly bytes: Buffer;
  /** What Holdfast makes of it: names and sizes, or the code it refuses it with. */
  readonly holdfast: string;
}

const inner = member({ name: 'INNER' }, 'inner');
const after = member({ name: 'after' }, 'x');
const target = member({ name: 'target' }, 'x');
const gnu = { magic: magics.gnu };
const link = { name: 'link', typeflag: '1', linkName: 'target', size: 1024 };
const sparse1 = [
  ['GNU.sparse.major', '1'],
  ['GNU.sparse.minor', '0'],
  ['GNU.sparse.name', 's'],
  ['GNU.sparse.realsize', '100'],
] as const;
const sparseBody = Buffer.concat([padded(Buffer.from('1\n0\n5\n')), Buffer.from('hello')]);

/** Where the three readers agree, and Holdfast with them. */
const agreed: readonly Case[] = [
  {
    title: 'a PAX size over a header size of 0',
    bytes: archive(pax(['size', '1024']), header({ size: 0 }), inner, after),
    holdfast: 'f 1024, after 1',
  },
  {
    title: 'a PAX size below the header size',
    bytes: archive(pax(['size', '5']), header({ size: 1024 }), padded(Buffer.from('hello')), after),
    holdfast: 'f 5, after 1',
  },
  {
    title: 'a PAX size before a GNU long name',
    bytes: archive(pax(['size', '5']), gnuLong('L', 'long'), header({ size: 9, ...gnu }), padded(Buffer.from('hello'))),
    holdfast: 'long 5',
  },
  {
    title: 'a size on a hard link without any PAX header before',
    bytes: archive(target, header(link), inner),
    holdfast: 'target 1, link 0, INNER 5',
  },
  {
    title: 'a size on a hard link at the end',
    bytes: archive(target, header(link)),
    holdfast: 'target 1, link 0',
  },
  {
    title: 'a size on a directory',
    bytes: archive(header({ name: 'd', typeflag: '5', size: 1024 }), inner),
    holdfast: 'd 0, INNER 5',
  },
  ...['ustar\0\0\0', 'ustar\0  ', 'ustar\x0001'].map((magic) => ({
    title: `the magic ${JSON.stringify(magic)}`,
    bytes: archive(member({ magic, prefix: 'pre' }, 'x')),
    holdfast: 'pre/f 1',
  })),
  {
    title: 'a checksum over signed bytes',
    bytes: archive(header({ patches: [[265, '\xe4']], signedSum: true })),
    holdfast: 'f 0',
  },
  { title: 'no end blocks', bytes: after, holdfast: 'after 1' },
  { title: 'one end block', bytes: Buffer.concat([after, Buffer.alloc(512)]), holdfast: 'after 1' },
  { title: 'an archive behind the end', bytes: Buffer.concat([archive(after), archive(inner)]), holdfast: 'after 1' },
  {
    title: 'a base-256 size',
    bytes: archive(header({ size: base256(5n, 12) }), padded(Buffer.from('hello'))),
    holdfast: 'f 5',
  },
  {
    title: 'a sparse name beside the path of its stand-in',
    bytes: archive(pax(...sparse1), member({ name: 'GNUSparseFile.0/s' }, sparseBody), after),
    holdfast: 's 100, after 1',
  },
];

/** Where they do not, and what Holdfast chose. */
const split: readonly Case[] = [
  {
    title: 'a size on a symlink',
    bytes: archive(header({ typeflag: '2', linkName: 't', size: 1024 }), inner, after),
    holdfast: 'TAR_LINK_WITH_BODY',
  },
  {
    title: 'a size on a FIFO',
    bytes: archive(header({ typeflag: '6', size: 1024 }), inner, after),
    holdfast: 'TAR_LINK_WITH_BODY',
  },
  {
    title: 'a size on a hard link after any PAX header',
    bytes: archive(pax(['comment', 'c']), target, header(link), inner, after),
    holdfast: 'TAR_LINK_WITH_BODY',
  },
  {
    title: 'a PAX size on a directory',
    bytes: archive(pax(['size', '1024']), header({ name: 'd', typeflag: '5' }), inner, after),
    holdfast: 'TAR_LINK_WITH_BODY',
  },
  {
    title: 'a size on an old directory',
    bytes: archive(header({ name: 'd/', typeflag: '\0', size: 1024 }), inner, after),
    holdfast: 'TAR_LINK_WITH_BODY',
  },
  {
    title: 'a body of a file whose name ends in a slash',
    bytes: archive(member({ name: 'd/' }, inner), after),
    holdfast: 'd/ 1024, after 1',
  },
  {
    title: 'a global size',
    bytes: archive(globalPax(['size', '0']), member({}, inner), after),
    holdfast: 'TAR_GLOBAL_OVERRIDE',
  },
  { title: 'a global path', bytes: archive(globalPax(['path', 'other']), header()), holdfast: 'TAR_GLOBAL_OVERRIDE' },
  {
    title: 'a global sparse name',
    bytes: archive(globalPax(['GNU.sparse.name', 'other']), header()),
    holdfast: 'TAR_GLOBAL_OVERRIDE',
  },
  {
    title: 'a PAX path behind a GNU long name',
    bytes: archive(gnuLong('L', 'long'), pax(['path', 'pax']), header(gnu)),
    holdfast: 'TAR_EXTENSION',
  },
  {
    title: 'a sparse name behind a GNU long name',
    bytes: archive(gnuLong('L', 'long'), pax(...sparse1), member({}, sparseBody)),
    holdfast: 'TAR_EXTENSION',
  },
  {
    title: 'two PAX headers',
    bytes: archive(pax(['path', 'one']), pax(['mtime', '5']), header()),
    holdfast: 'TAR_EXTENSION',
  },
  {
    title: 'two GNU long names',
    bytes: archive(gnuLong('L', 'one'), gnuLong('L', 'two'), header(gnu)),
    holdfast: 'TAR_EXTENSION',
  },
  { title: 'a PAX header before the end', bytes: archive(after, pax(['path', 'one'])), holdfast: 'TAR_EXTENSION' },
  {
    title: 'an empty GNU long name',
    bytes: archive(member({ typeflag: 'L', ...gnu }), header(gnu), after),
    holdfast: 'TAR_EXTENSION',
  },
  { title: 'an empty PAX path', bytes: archive(pax(['path', '']), header()), holdfast: 'TAR_PAX_RECORD' },
  { title: 'an empty PAX size', bytes: archive(pax(['size', '']), member({}, 'x'), after), holdfast: 'TAR_PAX_RECORD' },
  {
    title: 'NULs behind the PAX records',
    bytes: archive(member({ typeflag: 'x' }, '12 path=abc\n\0\0'), header()),
    holdfast: 'TAR_PAX_RECORD',
  },
  {
    title: 'a tab behind the PAX length',
    bytes: archive(member({ typeflag: 'x' }, '12\tpath=abc\n'), header()),
    holdfast: 'TAR_PAX_RECORD',
  },
  { title: 'a NUL in a PAX path', bytes: archive(pax(['path', 'a\0b']), header()), holdfast: 'NAME_NUL' },
  {
    title: 'a PAX size with an exponent',
    bytes: archive(pax(['size', '1e0']), member({}, inner), after),
    holdfast: 'TAR_NUMBER',
  },
  { title: 'a negative size', bytes: archive(header({ size: base256(-5n, 12) }), after), holdfast: 'TAR_NUMBER' },
  { title: 'a size of spaces', bytes: archive(header({ size: ' '.repeat(12) }), after), holdfast: 'TAR_NUMBER' },
  {
    title: 'a size behind a NUL',
    bytes: archive(header({ size: '\x000000000001\0' }), after, after),
    holdfast: 'TAR_NUMBER',
  },
  {
    title: 'a prefix under the magic "ustar 00"',
    bytes: archive(header({ magic: 'ustar 00', prefix: 'pre' })),
    holdfast: 'TAR_MAGIC',
  },
  {
    title: 'a prefix in a v7 header',
    bytes: archive(header({ magic: magics.v7, prefix: 'pre' })),
    holdfast: 'TAR_MAGIC',
  },
  { title: 'a prefix in a GNU header', bytes: archive(header({ ...gnu, prefix: 'pre' })), holdfast: 'TAR_MAGIC' },
  {
    title: 'times in a GNU header, where Python has a prefix',
    bytes: archive(header({ ...gnu, prefix: '14575410211\x0014575410211\0' })),
    holdfast: 'f 0',
  },
  {
    title: 'a stray body byte, so that a checksum is wrong',
    bytes: Buffer.concat([after, Buffer.alloc(512, 1), inner, end]),
    holdfast: 'TAR_CHECKSUM',
  },
  {
    title: 'the real size of star',
    bytes: archive(pax(['SCHILY.realsize', '9999']), member({}, 'x')),
    holdfast: 'TAR_PAX_RECORD',
  },
  {
    title: 'type S under the ustar magic',
    bytes: archive(header({ typeflag: 'S', patches: [[483, '00000010000\0']] })),
    holdfast: 'TAR_SPARSE',
  },
  {
    title: 'a volume header with a body',
    bytes: archive(header({ name: 'v', typeflag: 'V', size: 1024 }), inner, after),
    holdfast: 'TAR_TYPEFLAG',
  },
];

function readAs(bytes: Buffer): string {
  const { files, error } = readArchive(bytes);
  return error ? error.code : files.map(({ entry }) => `${entry.name} ${entry.size}`).join(', ');
}

/** Names and sizes as each program lists them, "refused" where it ends in an error. */
function readings(cases: readonly Case[]): readonly (readonly string[])[] {
  using directory = scratch();
  const paths = writeArchives(
    directory.path,
    cases.map(({ bytes }) => bytes),
  );
  const python = readWithPython(paths);
  return paths.map((path, index) => {
    const members = python[index];
    return [
      listing(peers.gnu, ['-P', '--numeric-owner', '--full-time', '--quoting-style=escape', '-tvf', path], 2, 5),
      listing(peers.bsdtar, ['-P', '--numeric-owner', '-tvf', path], 4, 8),
      members
        ? members.map(({ name, type, size }) => `${bare(name)} ${type === '1' || type === '5' ? 0 : size}`).join(', ')
        : 'refused',
    ];
  });
}

function listing(program: string | undefined, args: readonly string[], sizeAt: number, nameAt: number): string {
  const { status, stdout } = run(program, args);
  if (status !== 0) return 'refused';
  const lines = stdout
    .toString('latin1')
    .split('\n')
    .filter((line) => line !== '');
  return lines
    .map((line) => {
      const words = line.split(/ +/);
      const size = /^[dh]/.test(line) || line.includes(' link to ') ? '0' : words[sizeAt];
      return `${bare(words[nameAt] ?? '')} ${size}`;
    })
    .join(', ');
}

function bare(name: string): string {
  return name.replace(/\/$/, '');
}

const skip = needs('gnu', 'bsdtar', 'python');

void describe('archives that readers take the same way', { skip }, () => {
  const read = skip ? [] : readings(agreed);
  for (const [index, { title, bytes, holdfast }] of agreed.entries()) {
    void test(`reads ${title} as GNU tar, bsdtar and Python do`, () => {
      assert.equal(readAs(bytes), holdfast);
      assert.deepEqual(read[index], [holdfast, holdfast, holdfast]);
    });
  }
});

void describe('archives that readers take differently', { skip }, () => {
  const read = skip ? [] : readings(split);
  for (const [index, { title, bytes, holdfast }] of split.entries()) {
    void test(`has a reading for ${title}: ${holdfast}`, () => {
      assert.equal(readAs(bytes), holdfast);
      assert.ok(new Set(read[index]).size > 1, `all read it as ${read[index]?.[0]}`);
    });
  }
});

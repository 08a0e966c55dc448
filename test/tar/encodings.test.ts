import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fromBytes } from '../../src/base/index.ts';
import {
  archive,
  base256,
  end,
  globalPax,
  gnuLong,
  header,
  magics,
  member,
  oldGnuSparse,
  padded,
  pax,
  rawPax,
} from './raw-archive.ts';
import { contentOf, entriesOf, onlyEntry, readArchive, refusal } from './read-archive.ts';

const long = `${'d'.repeat(90)}/${'e'.repeat(90)}/${'f'.repeat(90)}`;

void describe('dialects', () => {
  void test('reads a ustar entry with all its facts', () => {
    const bytes = archive(
      member({ name: 'a', mode: '0004755\0', uid: '0001750\0', gid: '0000012\0', mtime: '14000000000\0' }, 'hello'),
    );
    const [file] = readArchive(bytes).files;
    assert.deepEqual(file?.entry, {
      name: 'a',
      kind: 'file',
      linkName: '',
      mode: 0o4755,
      uid: 1000,
      gid: 10,
      mtime: { seconds: 0o14000000000, nanoseconds: 0 },
      size: 5,
      xattrs: undefined,
      deviceMajor: 0,
      deviceMinor: 0,
      sparse: undefined,
      headerOffset: 0,
      dataOffset: 512,
      storedSize: 5,
      notes: [],
    });
    assert.equal(file && contentOf(file).toString(), 'hello');
  });

  void test('puts the ustar prefix before the name, also where it fills its field', () => {
    assert.equal(onlyEntry(archive(header({ name: 'n', prefix: 'a/b' }))).name, 'a/b/n');
    const prefix = 'p'.repeat(155);
    assert.equal(onlyEntry(archive(header({ name: 'n'.repeat(100), prefix }))).name, `${prefix}/${'n'.repeat(100)}`);
    assert.equal(onlyEntry(archive(header({ name: '', prefix: 'dir', typeflag: '5' }))).name, 'dir/');
  });

  void test('reads every type flag', () => {
    const kinds = ['\0', '0', '1', '2', '3', '4', '5', '6', '7'].map((typeflag) => {
      return onlyEntry(archive(header({ typeflag, linkName: 't' }))).kind;
    });
    assert.deepEqual(kinds, ['file', 'file', 'hardlink', 'symlink', 'char', 'block', 'directory', 'fifo', 'file']);
  });

  void test('takes a typeflag-NUL entry with a trailing slash for a directory, and a 0 or 7 one for a file', () => {
    assert.equal(onlyEntry(archive(header({ name: 'd/', typeflag: '\0' }))).kind, 'directory');
    assert.equal(onlyEntry(archive(pax(['path', 'd/']), header({ typeflag: '\0' }))).kind, 'directory');
    for (const typeflag of ['0', '7']) {
      const entry = onlyEntry(archive(member({ name: 'd/', typeflag }, 'body')));
      assert.equal(entry.kind, 'file');
      assert.deepEqual(entry.notes, ['DIRECTORY_NAME_AS_FILE']);
    }
  });

  void test('reads v7 headers, and gives their devices no numbers', () => {
    assert.equal(onlyEntry(archive(header({ magic: magics.v7, name: 'old' }))).name, 'old');
    const tail = { major: '0000000\0', minor: '0000000\0' };
    assert.equal(onlyEntry(archive(header({ magic: magics.v7, typeflag: '3', ...tail }))).deviceMajor, 0);
  });

  void test('reads star headers, whose prefix is followed by times', () => {
    const times = `${'\0'.repeat(128)}00000000000 00000000000 `;
    const entry = onlyEntry(archive(header({ prefix: `pre${times}`, patches: [[508, 'tar\0']] })));
    assert.equal(entry.name, 'pre/f');
  });

  void test('leaves the times of GNU headers out of the name', () => {
    const prefix = '14575410211\x0014575410211\0';
    assert.equal(onlyEntry(archive(header({ magic: magics.gnu, prefix }))).name, 'f');
  });

  void test('reads GNU long names and long link names, in either order', () => {
    const link = { typeflag: '2', magic: magics.gnu, linkName: 'cut' };
    for (const extensions of [
      [gnuLong('L', long), gnuLong('K', `${long}2`)],
      [gnuLong('K', `${long}2`), gnuLong('L', long)],
    ]) {
      const entry = onlyEntry(archive(...extensions, header(link)));
      assert.deepEqual([entry.name, entry.linkName, entry.headerOffset], [long, `${long}2`, 0]);
    }
  });

  void test('reads a GNU long name beside a PAX header that gives no name', () => {
    const entry = onlyEntry(archive(pax(['mtime', '7.5']), gnuLong('L', long), header({ magic: magics.gnu })));
    assert.deepEqual([entry.name, entry.mtime], [long, { seconds: 7, nanoseconds: 500_000_000 }]);
  });

  void test('accepts checksums over signed and unsigned bytes', () => {
    for (const signedSum of [false, true]) {
      assert.equal(onlyEntry(archive(header({ name: Buffer.of(0xc3, 0xa4), signedSum }))).name, '\xc3\xa4');
    }
  });

  void test('keeps names as bytes, so that two invalid UTF-8 names stay two', () => {
    const names = entriesOf(archive(header({ name: Buffer.of(0xff) }), header({ name: Buffer.of(0xfe) })));
    assert.deepEqual(
      names.map((entry) => entry.name),
      ['\xff', '\xfe'],
    );
  });
});

void describe('numbers', () => {
  void test('reads octal with leading spaces, trailing spaces or NULs, and nothing as 0', () => {
    for (const [mtime, seconds] of [
      ['         17\0', 15],
      ['17 \0        ', 15],
      ['000000000017', 15],
      ['\0\0\0\0\0\0\0\0\0\0\0\0', 0],
      ['            ', 0],
      ['777777777777', 0o777777777777],
    ] as const) {
      assert.equal(onlyEntry(archive(header({ mtime: mtime.slice(0, 12) }))).mtime.seconds, seconds, mtime);
    }
  });

  void test('reads base-256 numbers, negative times included', () => {
    assert.equal(onlyEntry(archive(header({ mtime: base256(-1n, 12) }))).mtime.seconds, -1);
    assert.equal(onlyEntry(archive(header({ mtime: base256(1n << 40n, 12) }))).mtime.seconds, 2 ** 40);
    assert.equal(onlyEntry(archive(header({ uid: base256(4294967294n, 8) }))).uid, 4294967294);
    assert.equal(onlyEntry(archive(header({ size: base256(3n, 12) }), padded(Buffer.from('abc')))).size, 3);
  });

  void test('reads PAX times exactly, dropping what is below a nanosecond towards the past', () => {
    for (const [text, seconds, nanoseconds] of [
      ['0', 0, 0],
      ['1.5', 1, 500_000_000],
      ['1.', 1, 0],
      ['1.0000000019', 1, 1],
      ['-1.5', -2, 500_000_000],
      ['-0.5', -1, 500_000_000],
      ['-1', -1, 0],
      ['-0', 0, 0],
      ['-1.0000000001', -2, 999_999_999],
      ['-1.9999999999', -2, 0],
      ['9007199254740990.999999999', 9007199254740990, 999_999_999],
    ] as const) {
      const time = onlyEntry(archive(pax(['mtime', text]), header())).mtime;
      assert.deepEqual(time, { seconds, nanoseconds }, text);
      assert.ok(Object.is(time.seconds, seconds), text);
    }
  });

  void test('reads device numbers up to 12 and 20 bits', () => {
    const entry = onlyEntry(archive(header({ typeflag: '4', major: '0007777\0', minor: '3777777\0' })));
    assert.deepEqual([entry.deviceMajor, entry.deviceMinor], [0xfff, 0xfffff]);
  });
});

void describe('PAX', () => {
  void test('takes path, linkpath, size, uid, gid and mtime from PAX, for the next entry only', () => {
    const records = pax(
      ['path', long],
      ['linkpath', 'target'],
      ['uid', '4294967294'],
      ['gid', '3000000'],
      ['mtime', '3'],
    );
    const [first, second] = entriesOf(archive(records, header({ typeflag: '2', linkName: 'cut' }), header()));
    assert.deepEqual(
      [first?.name, first?.linkName, first?.uid, first?.gid, first?.mtime.seconds, first?.dataOffset],
      [long, 'target', 4294967294, 3000000, 3, 1536],
    );
    assert.deepEqual([second?.name, second?.uid, second?.mtime.seconds], ['f', 0, 0]);
  });

  void test('ignores unknown keys, owner names and the character set', () => {
    const name = Buffer.of(0x61, 0xff);
    const bytes = archive(
      pax(['hdrcharset', 'BINARY'], ['path', name], ['uname', Buffer.of(0xff)], ['gname', ''], ['VENDOR.x', '']),
      header(),
    );
    assert.equal(onlyEntry(bytes).name, fromBytes(name));
  });

  void test('takes the last of two equal keys where nothing hangs on it', () => {
    assert.equal(onlyEntry(archive(pax(['uid', '1'], ['uid', '2']), header())).uid, 2);
  });

  void test('reads values with "=", newline and NUL by the declared length', () => {
    const value = 'a=b\n12 path=x\n\0';
    const entry = onlyEntry(archive(pax(['SCHILY.xattr.user.a', value]), header()));
    assert.deepEqual(entry.xattrs, new Map([['user.a', new Uint8Array(Buffer.from(value))]]));
    assert.equal(entry.name, 'f');
  });

  void test('accepts an empty PAX header', () => {
    assert.equal(onlyEntry(archive(rawPax(''), header())).name, 'f');
  });

  void test('ignores global headers, their times and owners too', () => {
    const [entry] = entriesOf(archive(globalPax(['comment', 'commit'], ['mtime', '77'], ['uid', '5']), header()));
    assert.deepEqual([entry?.mtime.seconds, entry?.uid, entry?.headerOffset], [0, 0, 1024]);
  });
});

void describe('ends', () => {
  const file = member({}, 'hello');

  void test('accepts two, one and no zero blocks at the end, and zeros without end', () => {
    for (const tail of [0, 512, 1024, 1100, 10240]) {
      const { files, notes, error } = readArchive(Buffer.concat([file, Buffer.alloc(tail)]));
      assert.deepEqual([files.length, notes, error], [1, [], undefined], `${tail} bytes`);
    }
  });

  void test('reads 0 bytes, one zero block and two zero blocks as an empty archive', () => {
    for (const size of [0, 512, 1024]) assert.deepEqual(readArchive(Buffer.alloc(size)).files, []);
  });

  void test('passes over what follows the end and notes it', () => {
    const bytes = Buffer.concat([file, end, member({ name: 'hidden' }, 'x'), Buffer.from('odd')]);
    const { files, notes, error } = readArchive(bytes);
    assert.deepEqual([files.length, error], [1, undefined]);
    assert.deepEqual(notes, [{ code: 'TRAILING_BYTES', detail: '1027 bytes' }]);
  });
});

void describe('sparse files', () => {
  const body = Buffer.from(`${'h'.repeat(512)}world`);
  const sparse = [
    { offset: 0, size: 512 },
    { offset: 9995, size: 5 },
  ];
  const version1 = [
    ['GNU.sparse.major', '1'],
    ['GNU.sparse.minor', '0'],
    ['GNU.sparse.name', 's'],
    ['GNU.sparse.realsize', '10000'],
  ] as const;
  const forms: Record<string, Buffer> = {
    'old GNU': Buffer.concat([
      oldGnuSparse({
        runs: [
          [0, 512],
          [9995, 5],
        ],
        realSize: 10000,
        raw: { name: 's' },
      }),
      padded(body),
    ]),
    'PAX 0.0': Buffer.concat([
      pax(
        ['GNU.sparse.size', '10000'],
        ['GNU.sparse.numblocks', '2'],
        ['GNU.sparse.offset', '0'],
        ['GNU.sparse.numbytes', '512'],
        ['GNU.sparse.offset', '9995'],
        ['GNU.sparse.numbytes', '5'],
      ),
      member({ name: 's' }, body),
    ]),
    'PAX 0.1': Buffer.concat([
      pax(
        ['GNU.sparse.size', '10000'],
        ['GNU.sparse.numblocks', '2'],
        ['GNU.sparse.name', 's'],
        ['GNU.sparse.map', '0,512,9995,5'],
        ['path', 'GNUSparseFile.1/s'],
      ),
      member({ name: 'GNUSparseFile.1/s' }, body),
    ]),
    'PAX 1.0': Buffer.concat([
      pax(...version1),
      member({ name: 'GNUSparseFile.1/s' }, Buffer.concat([padded(Buffer.from('2\n0\n512\n9995\n5\n')), body])),
    ]),
  };

  for (const [form, bytes] of Object.entries(forms)) {
    void test(`reads a sparse file in the ${form} form`, () => {
      const [file, after] = readArchive(archive(bytes, member({ name: 'after' }, 'x'))).files;
      assert.ok(file && after);
      assert.deepEqual([file.entry.name, file.entry.size, file.entry.storedSize], ['s', 10000, 517]);
      assert.deepEqual(file.entry.sparse, sparse);
      assert.deepEqual(
        file.data.map(({ position, bytes }) => [position, bytes.toString()]),
        [
          [0, 'h'.repeat(512)],
          [9995, 'world'],
        ],
      );
      assert.equal(after.entry.name, 'after');
    });
  }

  void test('reads an old GNU map that goes on in extension blocks', () => {
    const runs = Array.from({ length: 60 }, (_, index) => [index * 1000, 512] as const);
    const bytes = archive(oldGnuSparse({ runs, realSize: 60000 }), Buffer.alloc(60 * 512, 'x'));
    const [file] = readArchive(bytes).files;
    assert.equal(file?.entry.sparse?.length, 60);
    assert.equal(file?.data.length, 60);
    assert.equal(file?.entry.dataOffset, 512 * 4);
  });

  void test('reads a PAX 1.0 map of several blocks', () => {
    const count = 300;
    const map = [count, ...Array.from({ length: count }, (_, index) => `${index * 1000}\n512`)].join('\n');
    const body = Buffer.concat([padded(Buffer.from(`${map}\n`)), Buffer.alloc(count * 512, 'y')]);
    const bytes = archive(pax(...version1.slice(0, 3), ['GNU.sparse.realsize', '300000']), member({}, body));
    const [file] = readArchive(bytes).files;
    assert.equal(file?.entry.sparse?.length, count);
    assert.equal(file?.entry.storedSize, count * 512);
  });

  void test('reads a file that is one hole', () => {
    for (const map of ['0\n', '1\n10000\n0\n']) {
      const [file] = readArchive(archive(pax(...version1), member({}, padded(Buffer.from(map))))).files;
      assert.deepEqual([file?.entry.size, file?.entry.sparse, file?.data], [10000, [], []]);
    }
  });

  void test('joins runs that touch, and calls a file without holes dense', () => {
    const bytes = archive(
      pax(['GNU.sparse.size', '517'], ['GNU.sparse.numblocks', '3'], ['GNU.sparse.map', '0,512,512,5,517,0']),
      member({}, body),
    );
    const entry = onlyEntry(bytes);
    assert.deepEqual([entry.size, entry.sparse], [517, undefined]);
  });

  void test('refuses a sparse directory', () => {
    assert.equal(refusal(archive(pax(...version1), header({ typeflag: '5' }))), 'TAR_SPARSE');
  });
});

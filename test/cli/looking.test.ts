import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { file, hardlink, imageOf, layerOf } from '../../src/testing/index.ts';
import { base, example, layout } from '../inspect/example.ts';
import { cli } from './run-cli.ts';

void describe('holdfast ls', () => {
  void it('lists paths from the root, one a line', async (t) => {
    const image = layout(t, { v1: example });
    assert.deepEqual((await cli(['ls', `${image}:v1`])).stdout, 'bin\ndev\netc\nodd\nrun\nusr\nvar\n');
    const followed = await cli(['ls', image, '/bin']);
    assert.equal(followed.stdout, 'usr/bin/git-log\nusr/bin/git-show\n');
    assert.equal(followed.code, 0);
  });

  void it('says nothing on stderr about an image it knows', async (t) => {
    const image = layout(t, { v1: example });
    await cli(['ls', image]);
    assert.equal((await cli(['ls', image])).stderr, '');
  });

  void it('reads like ls -l with -l, and escapes control characters', async (t) => {
    const image = layout(t, { v1: example });
    const { stdout } = await cli(['ls', '-lR', image]);
    assert.equal(
      stdout,
      `lrwxrwxrwx 1 0 0     7 2023-11-14 22:13:20 bin -> usr/bin
drwxr-xr-x 2 0 0     0 1970-01-01 00:00:00 dev
crw-rw-rw- 1 0 0  1, 3 2023-11-14 22:13:20 dev/null
brw-rw---- 1 0 0  8, 0 2023-11-14 22:13:20 dev/sda
drwxr-xr-x 2 0 0     0 1970-01-01 00:00:00 etc
lrwxrwxrwx 1 0 0     4 2023-11-14 22:13:20 etc/loop -> loop
-rw-r----- 1 0 0    15 2023-11-14 22:13:20 etc/passwd
lrwxrwxrwx 1 0 0    12 2023-11-14 22:13:20 etc/up -> ../../../usr
drwxr-xr-x 2 0 0     0 1970-01-01 00:00:00 odd
-rw-r--r-- 1 0 0     1 2023-11-14 22:13:20 odd/\\x1b[31mred\\n
-rw-r--r-- 1 0 0     1 2023-11-14 22:13:20 odd/caf\\xe9
drwxr-xr-x 2 0 0     0 1970-01-01 00:00:00 run
prw-r--r-- 1 0 0     0 2023-11-14 22:13:20 run/pipe
drwxr-xr-x 3 0 0     0 2023-11-14 22:13:20 usr
drwxrwxrwt 2 0 0     0 2023-11-14 22:13:20 usr/bin
-rwsr-xr-x 2 0 0     4 2023-11-14 22:13:20 usr/bin/git-log
-rwsr-xr-x 2 0 0     4 2023-11-14 22:13:20 usr/bin/git-show
drwxr-xr-x 2 0 0     0 1970-01-01 00:00:00 var
-rw-r--r-- 1 0 0 10000 2023-11-14 22:13:20 var/sparse
`,
    );
  });

  void it('does not follow the last component with -l', async (t) => {
    const image = layout(t, { v1: example });
    assert.match((await cli(['ls', '-l', image, 'bin'])).stdout, /^l.* bin -> usr\/bin\n$/);
    assert.match((await cli(['ls', '-l', image, 'bin/git-log'])).stdout, / usr\/bin\/git-log\n$/);
  });

  void it('shows times before 1970 and owners', async (t) => {
    const { stdout } = await cli(['ls', '-l', layout(t, { v1: imageOf([base]) }), 'etc/passwd']);
    assert.equal(stdout, '-rw-r--r-- 1 1 42 11 1969-12-31 23:59:58 etc/passwd\n');
  });

  void it('shows special bits without execute, ACLs, and times no calendar holds', async (t) => {
    const acl = Buffer.from('0200000001000600ffffffff', 'hex');
    const odd = imageOf([
      layerOf([
        file('a', '', { mode: 0o7644, mtime: 2 ** 50 }),
        file('b', '', { mode: 0o7777, xattrs: { 'system.posix_acl_access': acl } }),
      ]),
    ]);
    const { stdout } = await cli(['ls', '-l', layout(t, { v1: odd })]);
    assert.equal(
      stdout,
      '-rwSr-Sr-T  1 0 0 0 @1125899906842624        - a\n-rwsrwsrwt+ 1 0 0 0        2023-11-14 22:13:20 b\n',
    );
  });

  void it('gives names as they are, ended by NUL, with --null', async (t) => {
    const { bytes } = await cli(['ls', '--null', layout(t, { v1: example }), 'odd']);
    assert.deepEqual(bytes, Buffer.from('odd/\x1b[31mred\n\0odd/caf\xe9\0', 'latin1'));
  });

  void it('shows what one layer holds, markers and links included', async (t) => {
    const image = layout(t, { v1: example });
    const names = (await cli(['ls', '--layer', '2', image])).stdout.split('\n');
    assert.deepEqual(names.slice(0, 3), ['usr/bin/.wh.git', 'etc/.wh..wh..opq', 'etc/passwd']);
    const long = (await cli(['ls', '-l', '--layer', '1', image, 'usr/bin/git-log'])).stdout;
    assert.equal(long, 'hrwsr-xr-x - 0 0 0 2023-11-14 22:13:20 usr/bin/git-log link to usr/bin/git\n');
  });

  void it('prints the library result as JSON, odd bytes as lone surrogates', async (t) => {
    const image = layout(t, { v1: example });
    const { stdout } = await cli(['ls', '--format', 'json', image, 'odd']);
    assert.match(stdout, /"path":"odd\/caf\\udce9"/);
    const { entries, path, digest, reference, notes } = JSON.parse(stdout) as Record<string, unknown>;
    assert.deepEqual(
      { path, digest, reference, notes },
      { path: 'odd', digest: example.digest, reference: image, notes: [] },
    );
    assert.equal((entries as readonly unknown[]).length, 2);
  });

  void it('shows the state after the first layers', async (t) => {
    const image = layout(t, { v1: example });
    assert.match((await cli(['ls', '--at-layer', '1', image, 'usr/bin'])).stdout, /^usr\/bin\/git$/m);
    assert.equal((await cli(['ls', '--at-layer', '0', image])).stdout, '');
  });

  void it('refuses what makes no sense together', async (t) => {
    const image = layout(t, { v1: example });
    for (const flags of [
      ['--null', '--format', 'json'],
      ['--layer', '1', '--at-layer', '1'],
      ['--layer', '9'],
      ['--at-layer', '9'],
    ]) {
      const { code, stderr, stdout } = await cli(['ls', ...flags, image]);
      assert.equal(code, 2);
      assert.equal(stdout, '');
      assert.match(stderr, /^error: .* \[USAGE\]\n(?:hint: .*\n)?$/);
    }
  });
});

void describe('holdfast tree', () => {
  void it('draws links with their text and counts', async (t) => {
    const { stdout } = await cli(['tree', layout(t, { v1: example })]);
    assert.equal(
      stdout,
      `.
├── bin -> usr/bin
├── dev
│   ├── null
│   └── sda
├── etc
│   ├── loop -> loop
│   ├── passwd
│   └── up -> ../../../usr
├── odd
│   ├── \\x1b[31mred\\n
│   └── caf\\xe9
├── run
│   └── pipe
├── usr
│   └── bin
│       ├── git-log
│       └── git-show
└── var
    └── sparse

7 directories, 12 files
`,
    );
  });

  void it('begins at a path, and draws a file alone', async (t) => {
    const image = layout(t, { v1: example });
    assert.equal(
      (await cli(['tree', image, '/bin'])).stdout,
      'usr/bin\n├── git-log\n└── git-show\n\n0 directories, 2 files\n',
    );
    assert.equal((await cli(['tree', image, 'etc/passwd'])).stdout, 'etc/passwd\n\n0 directories, 1 file\n');
    const { entries } = JSON.parse((await cli(['tree', '--format', 'json', image, 'usr'])).stdout) as { entries: [] };
    assert.equal(entries.length, 3);
  });
});

void describe('holdfast cat', () => {
  void it('writes a file byte for byte', async (t) => {
    const image = layout(t, { v1: example });
    assert.equal((await cli(['cat', image, '/bin/git-show'])).stdout, 'git\n');
    assert.equal((await cli(['cat', image, 'odd/caf\udce9'])).stdout, '2');
    const big = imageOf([layerOf([file('big', Buffer.alloc(3_000_000, 'abcdefg'))])]);
    assert.deepEqual((await cli(['cat', layout(t, { v1: big }), 'big'])).bytes, Buffer.alloc(3_000_000, 'abcdefg'));
  });

  void it('says what cannot be printed', async (t) => {
    const image = layout(t, { v1: example });
    const missing = await cli(['cat', image, 'no\x1b[2J']);
    assert.equal(missing.code, 4);
    assert.equal(missing.stderr, 'error: "no\\x1b[2J": no such file or directory in the image [PATH_NOT_FOUND]\n');
    assert.equal((await cli(['cat', image, 'usr'])).code, 4);
    assert.equal((await cli(['cat', image])).code, 2);
  });
});

void describe('holdfast links', () => {
  void it('groups names, with size, layer and growth', async (t) => {
    const image = layout(t, { v1: example });
    assert.equal(
      (await cli(['links', image])).stdout,
      `file, 4 bytes, layer 1, 2 names:
  usr/bin/git-log
  usr/bin/git-show
1 link group; as copies they would take 4 bytes more
`,
    );
    const json = JSON.parse((await cli(['links', '--format', 'json', image])).stdout) as unknown;
    assert.deepEqual(json, {
      groups: [{ paths: ['usr/bin/git-log', 'usr/bin/git-show'], kind: 'file', size: 4, layer: 1 }],
      growth: 4,
      notes: [],
    });
  });

  void it('says so when there are none, and escapes names', async (t) => {
    const none = imageOf([layerOf([file('a')])]);
    assert.equal((await cli(['links', layout(t, { v1: none })])).stdout, 'no link groups\n');
    const odd = imageOf([layerOf([file('a\n'), hardlink('b\udcff', 'a\n')])]);
    assert.match((await cli(['links', layout(t, { v1: odd })])).stdout, /^ {2}a\\n\n {2}b\\xff\n/m);
  });
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import {
  base256,
  gnuLongLink,
  gnuLongName,
  gnuSparse,
  paxHeader,
  paxRecord,
  paxSparse,
  rawEntry,
  rawHeader,
  rawTar,
  type RawSparse,
} from '../../src/testing/index.ts';

/** GNU tar on an archive from stdin. */
function gnuTar(flags: readonly string[], archive: Buffer): string {
  const { stdout, stderr, status } = spawnSync('tar', [...flags, '-f', '-'], { input: archive, maxBuffer: 1024 ** 3 });
  assert.equal(status, 0, stderr.toString());
  return stdout.toString('latin1');
}

const listing = ['-t', '-v', '--numeric-owner', '--utc', '--quoting-style=escape'];

void suite('the raw archive builder', () => {
  void test('makes ordinary entries that GNU tar reads', () => {
    const archive = rawTar(
      rawEntry({ name: 'd/', typeflag: '5', mode: 0o1777 }),
      rawEntry({ name: 'd/a', uid: 5, gid: 6, body: 'hello' }),
      rawEntry({ name: 'b', typeflag: '2', linkName: 'd/a' }),
      rawEntry({ name: 'c', typeflag: '1', linkName: 'd/a' }),
      rawEntry({ name: 'null', typeflag: '3', deviceMajor: 1, deviceMinor: 3 }),
      rawEntry({ name: 'in-prefix', prefix: 'p', body: 'x' }),
    );
    const lines = gnuTar(listing, archive).trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => line.replace(/\s+/g, ' ').replace('2023-11-14 22:13', 'T')),
      [
        'drwxrwxrwt 0/0 0 T d/',
        '-rw-r--r-- 5/6 5 T d/a',
        'lrw-r--r-- 0/0 0 T b -> d/a',
        'hrw-r--r-- 0/0 0 T c link to d/a',
        'crw-r--r-- 0/0 1,3 T null',
        '-rw-r--r-- 0/0 1 T p/in-prefix',
      ],
    );
  });

  void test('makes GNU long names and PAX headers that GNU tar reads', () => {
    const [first, second] = ['n'.repeat(150), 't'.repeat(150)];
    const archive = rawTar(
      gnuLongName(first),
      rawEntry({ name: 'cut', magic: 'gnu', body: 'x' }),
      gnuLongName(second),
      gnuLongLink(first),
      rawEntry({ name: 'cut', magic: 'gnu', typeflag: '1', linkName: 'cut' }),
      paxHeader({ comment: 'all' }, { type: 'g' }),
      paxHeader({ path: 'pax/é', uid: '70000' }),
      rawEntry({ name: 'cut', body: 'y' }),
    );
    const text = gnuTar(listing, archive);
    assert.match(text, new RegExp(` ${first}\n`));
    assert.match(text, new RegExp(` ${second} link to ${first}\n`));
    assert.match(text, /70000\/0 .* pax\/\xc3\xa9\n/);
  });

  void test('counts the length of a PAX record with its own digits', () => {
    assert.equal(paxRecord('path', 'a').toString(), '9 path=a\n');
    assert.equal(paxRecord('path', 'abc').toString(), '12 path=abc\n');
    for (const length of [1, 2, 85, 90, 91, 92, 93, 990, 995]) {
      const record = paxRecord('k', 'v'.repeat(length));
      assert.equal(Number(record.toString().split(' ')[0]), record.length);
    }
  });

  void test('makes base-256 numbers that GNU tar reads', () => {
    const archive = rawTar(
      rawEntry({ name: 'a', magic: 'gnu', mtime: base256(-3), uid: base256(3_000_000, 8) }),
      rawEntry({ name: 'b', magic: 'gnu', mtime: base256(2n ** 33n) }),
    );
    const text = gnuTar(listing, archive);
    assert.match(text, /3000000\/0\s+0 1969-12-31 23:59 a/);
    assert.match(text, /2242-03-16 12:56 b/);
    assert.equal(Buffer.from(base256(-1)).toString('hex'), 'ff'.repeat(12));
  });

  void test('makes sparse files in four forms with the content GNU tar restores', () => {
    const runs = Array.from({ length: 30 }, (_, index) => ({
      offset: index * 4096 + 512,
      data: `run ${index}`.padEnd(512, '.'),
    }));
    const sparse: RawSparse = { name: 's', realSize: 200_000, runs };
    const content = Buffer.alloc(sparse.realSize);
    for (const { offset, data } of runs) content.write(data, offset);
    const forms = { old: gnuSparse(sparse) } as Record<string, Buffer>;
    for (const version of ['0.0', '0.1', '1.0'] as const) forms[version] = paxSparse(version, sparse);
    for (const [form, entry] of Object.entries(forms)) {
      const restored = gnuTar(['-x', '-O'], rawTar(entry));
      assert.ok(Buffer.from(restored, 'latin1').equals(content), `the form ${form}`);
    }
  });

  void test('lets any field hold any bytes, and any checksum be wrong', () => {
    const header = rawHeader({ name: 'a\0b', size: '-1', mtime: Buffer.from('xyz'), magic: Buffer.from('whatever') });
    assert.equal(header.toString('latin1', 0, 4), 'a\0b\0');
    assert.equal(header.toString('latin1', 124, 127), '-1\0');
    assert.equal(header.toString('latin1', 136, 140), 'xyz\0');
    assert.equal(header.toString('latin1', 257, 265), 'whatever');
    const [right, wrong] = [rawHeader({ name: 'a' }), rawHeader({ name: 'a', checksum: 'wrong' })];
    assert.notDeepEqual(right.subarray(148, 156), wrong.subarray(148, 156));
    assert.deepEqual(right.subarray(156), wrong.subarray(156));
  });
});

/** Rows about how much there is: A11, D13, G1, G2, G3. Timings decide nothing here: what is not linear does not end. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { exportToFile } from '../../src/export/index.ts';
import { fromText } from '../../src/base/index.ts';
import { host, removeTree } from '../../src/host/index.ts';
import { openImage } from '../../src/image/index.ts';
import {
  base256,
  type BuiltLayer,
  directory,
  type EntrySpec,
  file,
  hardlink,
  imageOf,
  layerOf,
  opaque,
  paxHeader,
  rawEntry,
  rawHeader,
  sha256Of,
  sparseFile,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory, listingOfTar } from '../cases/index.ts';
import { makeOutside, removeAll, removeWorld, targetParent, world } from './outside.ts';

const needsRoot = { skip: process.getuid?.() === 0 ? false : 'only root can own the files of the image' };
const target = join(targetParent, 'target');
const archive = join(targetParent, 'export.tar');
const layout = join(world, 'image');

before(makeOutside);
after(removeWorld);
afterEach(() => {
  for (const name of fs.readdirSync(targetParent)) if (name !== 'outside') removeAll(join(targetParent, name));
  removeAll(layout);
});

void test(
  'A11: a tree of 1024 levels and paths beyond PATH_MAX is unpacked, exported and removed',
  needsRoot,
  async () => {
    const name = `${'ten-bytes-/'.repeat(1023)}f`;
    await build([file(name, 'deep')]);
    const listing = listingOfTar(archive);
    assert.equal(listing.size, 1025);
    assert.equal(listing.get(fromText(name))?.content?.size, 4);
    const found = execFileSync('find', [target, '-printf', '%d %y %s\n'], { encoding: 'utf8' }).split('\n');
    assert.equal(found.filter((line) => line.includes(' d ')).length, 1024);
    assert.ok(found.includes('1024 f 4'));
    const parent = fs.openSync(targetParent, 'r');
    removeTree(parent, fromText('target'));
    host.close(parent);
    assert.equal(fs.existsSync(target), false);
  },
);

void suite('very many entries', needsRoot, () => {
  const count = 100_000;
  const numbered = (make: (n: number) => EntrySpec): EntrySpec[] => Array.from({ length: count }, (_, n) => make(n));

  void test('D13: a hundred thousand opaque markers over as many directories', async () => {
    const lower = [file('d/5/f', 'x'), ...numbered((n) => directory(`d/${n}/`)), file('keep', '1')];
    const upper = [file('e/f', '2'), ...numbered((n) => opaque(`d/${n}`)), whiteout('d'), file('d/7/new', '3')];
    await build(lower, upper);
    const tree = [file('keep', '1'), file('e/f', '2'), file('d/7/new', '3')];
    assertSameTree(listingOfDirectory(target), expectedListing(tree));
    assertSameTree(listingOfTar(archive), expectedListing(tree));
  });

  void test('G3: thirty thousand names of one file', async () => {
    const names = Array.from({ length: 30_000 }, (_, n) => hardlink(`h${n}`, 'f'));
    await build([file('f', '1'), ...names]);
    assert.equal(fs.statSync(join(target, 'h29999')).nlink, 30_001);
    assert.equal(fs.statSync(join(target, 'h1')).ino, fs.statSync(join(target, 'f')).ino);
  });

  void test('G3: one name thirty thousand times', async () => {
    await build(Array.from({ length: 30_000 }, (_, n) => file('f', n === 29_999 ? 'last' : 'x')));
    assertSameTree(listingOfDirectory(target), expectedListing([file('f', 'last')]));
  });
});

void test('G2: of a sparse file of 100 GiB only the data is stored', needsRoot, async () => {
  const size = 100 * 1024 ** 3;
  await build([sparseFile('s', size, [{ offset: 2 ** 36, data: 'x'.repeat(512) }])]);
  const facts = fs.statSync(join(target, 's'));
  assert.equal(facts.size, size);
  assert.ok(facts.blocks * 512 < 1024 ** 2, `${facts.blocks} blocks`);
  assert.ok(fs.statSync(archive).size < 1024 ** 2);
});

void suite('G1: bombs', () => {
  const gigabytes = 10;

  void test('of ten gigabytes are refused before memory or disk grow', () => {
    writeLayout(layout, { latest: imageOf([bomb(gigabytes)]) });
    const result = unpackInChild({ maxSizeBytes: 256 * 1024 ** 2 });
    assert.equal(result.code, 'LIMIT_EXCEEDED');
    assert.match(result.text, /more than 268435456 bytes[^]*--max-size/);
    assert.ok(result.peakMegabytes < 400, `${result.peakMegabytes} MB`);
    assert.deepEqual(fs.readdirSync(targetParent), ['outside']);
  });

  void test('that expand too much are refused by their ratio', () => {
    writeLayout(layout, { latest: imageOf([bomb(1)]) });
    const result = unpackInChild({}, 64 * 1024 ** 2);
    assert.equal(result.code, 'LIMIT_EXCEEDED');
    assert.match(result.text, /more than 200 uncompressed bytes per stored byte[^]*--max-ratio/);
    assert.deepEqual(fs.readdirSync(targetParent), ['outside']);
  });
});

void test('E10: attributes that are each within their limit are refused when they are too much together', () => {
  const xattrs = Array.from({ length: 15 }, (_, n) => [`SCHILY.xattr.user.${n}`, 'x'.repeat(65_536)] as const);
  const member = gzipSync(Buffer.concat([paxHeader(xattrs), rawEntry({ name: 'f' })]));
  const bytes = Buffer.concat(Array.from({ length: 1500 }, () => member));
  writeLayout(layout, { latest: imageOf([{ ...layerOf([]), bytes, digest: sha256Of(bytes), size: bytes.length }]) });
  const result = unpackInChild({});
  assert.equal(result.code, 'LIMIT_EXCEEDED', result.text);
  assert.match(result.text, /more than 1073741824 bytes of names, link texts, xattrs and sparse maps/);
  assert.ok(result.peakMegabytes < 3000, `${result.peakMegabytes} MB`);
});

/** Unpacks and exports an image of these layers. */
async function build(...layers: readonly (readonly EntrySpec[])[]): Promise<void> {
  writeLayout(layout, { latest: imageOf(layers.map((entries) => layerOf(entries))) });
  await using image = await openImage(`oci:${layout}:latest`);
  await unpack(image, target);
  await exportToFile(image, archive);
}

/** Many files of zeros, as one gzip member over and over; nobody will read so far that its DiffID matters. */
function bomb(size: number): BuiltLayer {
  const bodyBytes = 16 * 1024 ** 2;
  const header = rawHeader({ name: 'zeros', size: base256(bodyBytes) });
  const member = gzipSync(Buffer.concat([header, Buffer.alloc(bodyBytes)]));
  const bytes = Buffer.concat(Array.from({ length: (size * 1024 ** 3) / bodyBytes }, () => member));
  return { ...layerOf([]), bytes, digest: sha256Of(bytes), size: bytes.length };
}

interface ChildResult {
  readonly code: string;
  readonly text: string;
  readonly peakMegabytes: number;
}

/** Unpacks in a process of its own; there the ratio may count from fewer bytes on than the eight gigabytes of the rule. */
function unpackInChild(limits: object, ratioFromBytes?: number): ChildResult {
  const script = join(import.meta.dirname, 'unpack-in-child.ts');
  const input = JSON.stringify({ reference: `oci:${layout}:latest`, target, limits, ratioFromBytes });
  const { stdout, stderr } = spawnSync(process.execPath, [script], { input, encoding: 'utf8' });
  assert.notEqual(stdout, '', stderr);
  return JSON.parse(stdout) as ChildResult;
}

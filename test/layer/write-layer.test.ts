import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type ByteString, isHoldfastError } from '../../src/base/index.ts';
import { type OpenBody, writeLayer, type WriteLayerOptions } from '../../src/layer/index.ts';
import {
  directory,
  type EntrySpec,
  file,
  hardlink,
  sha256Of,
  sparseFile,
  tarOf,
  whiteout,
} from '../../src/testing/index.ts';
import { diffTrees, flatPlan, layerPlan, type PlannedEntry } from '../../src/tree/index.ts';
import { Contents } from '../tree/contents.ts';

const contents = new Contents();
const capability = { 'security.capability': Buffer.from('0100000200040000000000000000000000000000', 'hex') };
const big = 'big '.repeat(700_000);
const entries: readonly EntrySpec[] = [
  directory('d'),
  file('d/big', big),
  file('d/empty'),
  file('d/git', 'git', { mode: 0o4755, xattrs: capability }),
  hardlink('d/git-log', 'd/git', { mode: 0o4755, xattrs: capability }),
  sparseFile('holes', 5_000_000, [
    { offset: 512, data: 'x'.repeat(512) },
    { offset: 1_000_000, data: 'y' },
  ]),
];
const tree = contents.treeOf(entries);
const listed = entries.map((entry) => (entry.kind === 'directory' ? directory(`${entry.name}/`) : entry));

async function written(plan: Iterable<PlannedEntry>, options: WriteLayerOptions = {}, open: OpenBody = contents.open) {
  const parts: Uint8Array[] = [];
  const layer = await writeLayer(
    plan,
    open,
    async (chunks) => {
      for await (const chunk of chunks) parts.push(chunk);
    },
    options,
  );
  return { layer, blob: Buffer.concat(parts) };
}

void suite('a written layer', () => {
  const inflate = { gzip: gunzipSync, zstd: zstdDecompressSync, none: (bytes: Buffer) => bytes };
  for (const compression of ['gzip', 'zstd', 'none'] as const) {
    void test(`is what its digests, sizes and media type say, with ${compression}`, async () => {
      const { layer, blob } = await written(flatPlan(tree), { compression });
      const tar = tarOf(listed);
      assert.ok(inflate[compression](blob).equals(tar));
      assert.deepEqual(layer, {
        digest: sha256Of(blob),
        size: blob.length,
        mediaType: `application/vnd.oci.image.layer.v1.tar${compression === 'none' ? '' : `+${compression}`}`,
        diffId: sha256Of(tar),
        uncompressedSize: tar.length,
      });
    });
  }

  void test('without entries is two zero blocks', async () => {
    const { layer, blob } = await written([], { compression: 'none' });
    assert.ok(blob.equals(Buffer.alloc(1024)));
    assert.equal(layer.diffId, sha256Of(blob));
  });

  void test('has whiteouts that are empty files of no time', async () => {
    const target = contents.treeOf(entries.filter(({ name }) => name !== 'd/big'));
    const plan = layerPlan(tree, target, diffTrees(tree, target, { sameContent: contents.same }));
    const { blob } = await written(plan, { compression: 'none' });
    assert.ok(blob.equals(tarOf([directory('d/'), whiteout('d/big')])));
  });

  void test('says xattrs again for every link: Docker would clear capabilities for one that does not', async () => {
    const { blob } = await written(flatPlan(tree), { compression: 'none' });
    assert.equal(blob.toString('latin1').split('SCHILY.xattr.security.capability=').length - 1, 2);
  });

  void test('has the same bytes whether bodies come at once or in pieces', async () => {
    const inPieces: OpenBody = async function* (inode) {
      for (const bytes of contents.open(inode)) {
        for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000);
        await Promise.resolve();
      }
    };
    const { layer } = await written(flatPlan(tree), {}, inPieces);
    assert.deepEqual(layer, (await written(flatPlan(tree), { jobs: 1 })).layer);
  });

  for (const [what, open] of [
    ['shorter', () => []],
    ['longer', () => [Buffer.alloc(big.length + 1)]],
  ] as const) {
    void test(`is not finished when a file is ${what} than it was`, async () => {
      await assert.rejects(written(flatPlan(tree), {}, open), (error) => {
        assert.ok(isHoldfastError(error, 'CONTENT_CHANGED'));
        assert.equal(error.data.path, 'd/big');
        assert.equal(error.data.expected, big.length);
        return true;
      });
    });
  }

  void test('gives the failure of a body, of the receiver, and the reason of its signal', async () => {
    const broken: OpenBody = () => {
      throw new Error('no such body');
    };
    await assert.rejects(written(flatPlan(tree), {}, broken), /no such body/);
    const full = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const _ of chunks) throw new Error('no space');
    };
    await assert.rejects(writeLayer(flatPlan(tree), contents.open, full), /no space/);
    const signal = AbortSignal.abort(new Error('stopped'));
    await assert.rejects(written(flatPlan(tree), { signal }), /stopped/);
  });

  void test('is a bug where the receiver does not read it to its end', async () => {
    await assert.rejects(
      writeLayer(flatPlan(tree), contents.open, async () => {}),
      { code: 'BUG' },
    );
  });
});

void test('a long body passes in bounded memory', async () => {
  const size = 300 * 1024 * 1024;
  const chunk = Buffer.alloc(1024 * 1024, 'x');
  const path = 'long' as ByteString;
  const inode = contents.treeOf([file(path)]).root.children?.get(path);
  assert.ok(inode);
  const grown = Object.create(inode, { size: { value: size } }) as typeof inode;
  const open: OpenBody = function* () {
    for (let at = 0; at < size; at += chunk.length) yield chunk;
  };
  let peak = 0;
  await writeLayer(
    [{ kind: 'inode', path, inode: grown }],
    open,
    async (chunks) => {
      for await (const _ of chunks) peak = Math.max(peak, process.memoryUsage().arrayBuffers);
    },
    { compression: 'gzip', level: 1, jobs: 2 },
  );
  assert.ok(peak < 128 * 1024 * 1024, `${peak} bytes of buffers`);
});

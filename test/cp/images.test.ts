/** The image that a copy makes: its documents, its layers, and what of it was already there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { copyPaths, type CopyPathsOptions, type CopyPathsResult } from '../../src/cp/index.ts';
import { openImage } from '../../src/image/index.ts';
import {
  blobPath,
  directory,
  type EntrySpec,
  file,
  imageOf,
  type ImageOptions,
  layerOf,
  symlink,
  writeLayout,
} from '../../src/testing/index.ts';
import { assertSameTree, expectedListing } from '../cases/index.ts';
import { failure, scratch } from '../unpack/scratch.ts';
import { listingOf, tarWith } from './copied.ts';

const lower = [directory('etc'), file('etc/motd', 'hi')];
const tool = [directory('opt', { mode: 0o700 }), file('opt/tool', 'tool', { mode: 0o755 })];

class Layout {
  readonly directory: string;
  readonly #from: string;

  constructor(t: TestContext, base: readonly (readonly EntrySpec[])[], options: ImageOptions = {}) {
    this.directory = path.join(scratch(t), 'layout');
    this.#from = tarWith(t, tool);
    writeLayout(this.directory, {
      base: imageOf(
        base.map((entries) => layerOf(entries)),
        options,
      ),
      tools: imageOf([layerOf([directory('opt')]), layerOf(tool)]),
    });
  }

  at(tag: string): string {
    return `oci:${this.directory}:${tag}`;
  }

  async cp(options: Partial<CopyPathsOptions> & { readonly from?: string } = {}): Promise<CopyPathsResult> {
    const { from = this.#from, ...more } = options;
    return await copyPaths(from, this.at('base'), this.at('made'), { sources: ['opt/tool'], dest: '/bin/', ...more });
  }
}

void suite('an image that was copied into', () => {
  void test('has one more layer and one more step, and says what was done', async (t) => {
    const layout = new Layout(t, [lower]);
    const { images } = await layout.cp();
    const [image] = images;
    assert.deepEqual(
      image?.layers.map(({ origin }) => origin),
      ['kept', 'written'],
    );
    await using made = await openImage(layout.at('made'));
    await using base = await openImage(layout.at('base'));
    assert.equal(made.layers[0]?.digest, base.layers[0]?.digest);
    const { history = [] } = made.config;
    assert.equal(history.length, (base.config.history ?? []).length + 1);
    assert.equal(history.at(-1)?.created_by, 'holdfast cp opt/tool /bin/');
    assert.equal(made.config.created, base.config.created);
  });

  void test('is the same whenever and with however many threads it is made', async (t) => {
    const layout = new Layout(t, [lower]);
    const { digest } = await layout.cp({ jobs: 1 });
    assert.equal((await layout.cp({ jobs: 4 })).digest, digest);
    const dated = await layout.cp({ created: '2026-01-31T12:00:00Z', history: 'mine' });
    assert.notEqual(dated.digest, digest);
    assert.equal(dated.images[0]?.layers[1]?.digest, (await layout.cp()).images[0]?.layers[1]?.digest);
    await using made = await openImage(layout.at('made'));
    assert.equal(made.config.history?.at(-1)?.created_by, 'holdfast cp opt/tool /bin/');
  });

  void test('says what it was before, where that is asked for', async (t) => {
    const layout = new Layout(t, [lower]);
    const { images } = await layout.cp({ setBaseAnnotations: true });
    await using made = await openImage(layout.at('made'));
    const { annotations } = JSON.parse(String(Buffer.from(made.manifestBytes))) as {
      readonly annotations: Readonly<Record<string, string>>;
    };
    assert.equal(annotations['org.opencontainers.image.base.digest'], images[0]?.sourceDigest);
  });

  void test('stays as it is, where nothing has to be written', async (t) => {
    const layout = new Layout(t, [lower]);
    const from = tarWith(t, [directory('etc', { mode: 0o700 }), directory('none')]);
    for (const options of [
      { sources: ['none'], dest: '/etc' },
      { sources: ['/'], dest: '/', exclude: ['*'] },
      { sources: ['none'], dest: '/etc', onConflict: 'error' },
    ] as const) {
      const { digest, sourceDigest, images } = await layout.cp({ from, ...options });
      assert.equal(digest, sourceDigest);
      assert.equal(images[0]?.plan.execution, 'nothing');
    }
  });

  void test('is made without a look into its layers, once they are known', async (t) => {
    const layout = new Layout(t, [lower, [file('big', 'x'.repeat(100_000))]]);
    await listingOf(layout.at('base'));
    await using base = await openImage(layout.at('base'));
    for (const { digest, size } of base.layers) {
      fs.writeFileSync(path.join(layout.directory, blobPath(digest)), Buffer.alloc(size));
    }
    const { images } = await layout.cp();
    assert.equal(images[0]?.layers.length, 3);
  });

  void test('and what is copied are read as runtimes do, whatever --on-conflict says of the copy', async (t) => {
    const conflicting = [
      [directory('usr/bin'), symlink('bin', 'usr/bin')],
      [directory('bin'), file('bin/x', 'x')],
    ];
    const layout = new Layout(t, conflicting);
    const read = [directory('usr', { mtime: 0 }), directory('usr/bin'), directory('bin'), file('bin/x', 'x')];
    for (const onConflict of ['follow', 'replace', 'error'] as const) {
      await layout.cp({ onConflict });
      assertSameTree(
        await listingOf(layout.at('made')),
        expectedListing([...read, file('bin/tool', 'tool', { mode: 0o755 })]),
      );
      await copyPaths(layout.at('base'), layout.at('tools'), layout.at('made'), {
        sources: ['bin'],
        dest: '/b',
        onConflict,
      });
      assertSameTree(await listingOf(layout.at('made')), expectedListing([...tool, file('b/x', 'x')]));
    }
  });

  void test('has the media types and compression that suit it', async (t) => {
    const layout = new Layout(t, [lower], { format: 'docker' });
    const { images } = await layout.cp();
    assert.equal(images[0]?.layers[1]?.mediaType, 'application/vnd.docker.image.rootfs.diff.tar.gzip');
    const zstd = await layout.cp({ compression: 'zstd', compressionLevel: 1 });
    assert.match(zstd.images[0]?.layers[1]?.mediaType ?? '', /zstd$/);
    assert.deepEqual(
      zstd.notes.map(({ code }) => code),
      ['ZSTD_OF_DOCKER'],
    );
    const reused = await layout.cp({ from: layout.at('tools'), sources: ['/'], dest: '/' });
    assert.equal(reused.images[0]?.plan.execution, 'reuse');
    assert.deepEqual(
      new Set(reused.images[0]?.layers.slice(1).map(({ mediaType }) => mediaType)),
      new Set(['application/vnd.docker.image.rootfs.diff.tar.gzip']),
    );
  });

  void test('is none of Windows', async (t) => {
    const layout = new Layout(t, [lower], { platform: 'windows/amd64' });
    await failure('HOST_UNSUPPORTED', layout.cp());
  });
});

void suite('all of an image, copied to the root of another', () => {
  const whole = { sources: ['/'], dest: '/' } as const;

  void test('brings its layers as they are, where that gives the same', async (t) => {
    const layout = new Layout(t, [lower]);
    const { images, blobs } = await layout.cp({ from: layout.at('tools'), ...whole });
    await using tools = await openImage(layout.at('tools'));
    assert.equal(images[0]?.plan.execution, 'reuse');
    assert.deepEqual(
      images[0].layers.slice(1).map(({ digest }) => digest),
      tools.layers.map(({ digest }) => digest),
    );
    assert.equal(blobs.copied, 1, 'nothing but the config');
    assertSameTree(await listingOf(layout.at('made')), expectedListing([...lower, ...tool]));
    await using made = await openImage(layout.at('made'));
    assert.equal(made.config.history?.length, 3);
  });

  void test('is written where its layers would do something else', async (t) => {
    const layout = new Layout(t, [[...lower, symlink('opt', 'etc')]]);
    const { images } = await layout.cp({ from: layout.at('tools'), ...whole });
    assert.equal(images[0]?.plan.execution, 'copy');
    const expected = [directory('etc', { mode: 0o700 }), file('etc/motd', 'hi'), symlink('opt', 'etc')];
    const copied = file('etc/tool', 'tool', { mode: 0o755 });
    assertSameTree(await listingOf(layout.at('made')), expectedListing([...expected, copied]));
    const replaced = await layout.cp({ from: layout.at('tools'), ...whole, onConflict: 'replace' });
    assert.equal(replaced.images[0]?.plan.execution, 'reuse');
    assertSameTree(await listingOf(layout.at('made')), expectedListing([...lower, ...tool]));
  });

  void test('is written where there would be more layers than Docker takes', async (t) => {
    const layers = Array.from({ length: 126 }, (_, at) => [file(`f${at}`)]);
    const layout = new Layout(t, layers);
    const { images } = await layout.cp({ from: layout.at('tools'), ...whole });
    assert.equal(images[0]?.layers.length, 127);
    assertSameTree(await listingOf(layout.at('made')), expectedListing([...layers.flat(), ...tool]));
  });
});

/** tag, tags, catalog, referrers and delete on the command line. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, it } from 'node:test';
import { file, imageOf, indexOf, layerOf, ociArchiveOf, writeLayout } from '../../src/testing/index.ts';
import { type Places, places } from './places.ts';

const layer = layerOf([file('a', 'text')]);
const image = imageOf([layer]);
const other = imageOf([layer], { platform: 'linux/arm64' });
const index = indexOf([image, other]);
const signature = imageOf([], {
  config: {},
  configDocument: { rootfs: { type: 'layers', diff_ids: [] } },
  manifestDocument: {
    subject: { mediaType: image.mediaType, digest: image.digest, size: image.size },
    artifactType: 'application/example.signature',
    annotations: { by: 'me' },
  },
});

/** A layout in the places, with these names; gives `oci:DIR`. */
function local({ directory }: Places, ...names: readonly string[]): string {
  const layout = path.join(directory, 'layout');
  writeLayout(layout, Object.fromEntries(names.map((name) => [name, image])));
  return `oci:${layout}`;
}

void describe('tag', () => {
  void it('says what has the name now', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', index);
    const reference = `docker://${all.host}/app:stable`;
    const text = await all.done(['tag', `${all.host}/app:v1`, 'stable']);
    assert.deepEqual([text.stdout, text.stderr], [`${reference} is ${index.digest}\n`, '']);
    assert.deepEqual(await all.json(['tag', `${all.host}/app:v1`, 'stable']), { reference, digest: index.digest });
    assert.equal((await all.done(['tag', '-q', `${all.host}/app:v1`, 'next'])).stdout, `${index.digest}\n`);
    assert.deepEqual(all.registry.tags('app'), ['next', 'stable', 'v1']);
    const layout = local(all, 'v1');
    assert.equal((await all.done(['tag', layout, 'v2'])).stdout, `${layout}:v2 is ${image.digest}\n`);
  });

  void it('refuses what is no tag, what is not there, and where there are no tags', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    const refused = await all.fails(2, ['tag', `${all.host}/app:v1`, 'a/b']);
    assert.match(refused, /^error: "a\/b" is not a tag, which has .*\nhint: the tag stands alone: /);
    assert.match(await all.fails(4, ['tag', `${all.host}/app:v9`, 'x']), /IMAGE_NOT_FOUND/);
    assert.match(
      await all.fails(2, ['tag', 'docker-daemon:x', 'x']),
      /tagging is not possible.*\nhint: tags are set in/,
    );
  });
});

void describe('tags and catalog', () => {
  void it('print one name a line, with -q too, or one object', async (t) => {
    const all = await places(t, { quirks: { pageSize: 2 } });
    for (const tag of ['a', 'b', 'c']) all.registry.seed('team/app', tag, image);
    all.registry.seed('base', 'x', image);
    for (const form of [[], ['-q']]) {
      const tags = await all.done(['tags', ...form, `${all.host}/team/app`]);
      assert.deepEqual([tags.stdout, tags.stderr], ['a\nb\nc\n', '']);
      const catalog = await all.done(['catalog', ...form, all.host]);
      assert.deepEqual([catalog.stdout, catalog.stderr], ['base\nteam/app\n', '']);
    }
    const name = `${all.host}/team/app`;
    assert.deepEqual(await all.json(['tags', name]), { name, tags: ['a', 'b', 'c'] });
    const listed = await all.json(['catalog', `http://${all.host}/`]);
    assert.deepEqual(listed, { host: all.host, repositories: ['base', 'team/app'] });
    assert.equal((await all.done(['tags', local(all, 'v1', 'app:v2')])).stdout, 'v1\napp:v2\n');
  });

  void it('say what is wrong with the name', async (t) => {
    const all = await places(t);
    assert.match(await all.fails(4, ['tags', `${all.host}/none`]), /there is no such repository/);
    assert.match(await all.fails(2, ['tags', 'docker-archive:x']), /listing tags is not possible/);
    for (const host of ['debian', 'a/b', '', 'a b']) {
      assert.match(
        await all.fails(2, ['catalog', host]),
        /is not the host of a registry .*\nhint: a host has a dot or/,
      );
    }
    assert.match(await all.fails(2, ['catalog', `${all.host}/app`]), /\nhint: the host alone: 127\.0\.0\.1:\d+\n/);
  });

  void it('say when a registry does not offer it', async (t) => {
    const all = await places(t, { quirks: { catalog: 404 } });
    assert.match(await all.fails(1, ['catalog', all.host]), /does not offer .* \[REGISTRY_LACKS\]/);
  });
});

void describe('referrers', () => {
  void it('are one a line, digests alone with -q, or one object', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    all.registry.seed('app', undefined, signature);
    const name = `${all.host}/app:v1`;
    const { stdout } = await all.done(['referrers', name]);
    assert.equal(stdout, `${signature.digest}  application/example.signature  ${signature.size} bytes\n`);
    assert.equal((await all.done(['referrers', '-q', name])).stdout, `${signature.digest}\n`);
    assert.deepEqual(await all.json(['referrers', name]), {
      reference: name,
      subject: image.digest,
      referrers: [
        {
          digest: signature.digest,
          mediaType: signature.mediaType,
          size: signature.size,
          artifactType: 'application/example.signature',
          annotations: { by: 'me' },
        },
      ],
    });
  });

  void it('that are not there leave stdout empty', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', index);
    for (const [filter, subject] of [
      [['--artifact-type', 'other'], index],
      [['--platform', 'linux/arm64'], other],
    ] as const) {
      const { stdout, stderr } = await all.done(['referrers', ...filter, `${all.host}/app:v1`]);
      assert.deepEqual([stdout, stderr], ['', `note: nothing refers to ${subject.digest}\n`]);
    }
    assert.equal((await all.done(['referrers', '-q', `${all.host}/app:v1`])).stderr, '');
  });

  void it('are found in what stdin holds', async (t) => {
    const all = await places(t);
    const stdin = ociArchiveOf({ v1: image, signature });
    assert.equal((await all.done(['referrers', '-q', 'oci-archive:-:v1'], { stdin })).stdout, `${signature.digest}\n`);
  });
});

void describe('delete', () => {
  void it('removes a tag or a manifest, and says so', async (t) => {
    const all = await places(t);
    for (const tag of ['v1', 'v2', 'v3']) all.registry.seed('app', tag, image);
    const name = `${all.host}/app`;
    assert.equal((await all.done(['delete', `${name}:v1`])).stdout, `deleted ${name}:v1\n`);
    assert.deepEqual(await all.json(['delete', `${name}:v2`]), { deleted: `${name}:v2` });
    assert.equal((await all.done(['delete', '-q', `${name}@${image.digest}`])).stdout, '');
    assert.equal(all.registry.manifest('app', image.digest), undefined);
    assert.match(await all.fails(4, ['delete', `${name}@${image.digest}`]), /IMAGE_NOT_FOUND/);
    const layout = local(all, 'v1', 'v2');
    await all.done(['delete', `${layout}:v1`]);
    assert.equal((await all.done(['tags', layout])).stdout, 'v2\n');
  });

  void it('says what it needs, and when a registry does not offer it', async (t) => {
    const all = await places(t, { quirks: { tagDelete: 405, manifestDelete: 405 } });
    assert.match(await all.fails(2, ['delete', local(all, 'v1')]), /delete needs a tag or a digest/);
    assert.match(await all.fails(2, ['delete', 'oci-archive:x']), /deleting is not possible/);
    all.registry.seed('app', 'v1', image);
    const refused = await all.fails(1, ['delete', `${all.host}/app:v1`]);
    assert.match(refused, /does not offer deleting \[REGISTRY_LACKS\]\nhint: deleting may be switched off/);
  });
});

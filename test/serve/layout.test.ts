/** What is served is the layout, whoever writes to it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openReference } from '../../src/image/index.ts';
import { mediaTypes } from '../../src/oci/index.ts';
import { startRegistry } from '../../src/serve/index.ts';
import { openLayoutStore } from '../../src/store/index.ts';
import { file, imageOf, indexOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { codeOf, jsonOf } from './ask.ts';
import type { Client } from './client.ts';
import { serve } from './serving.ts';
import { digestFor, ShapeBuilder, shapes } from './shapes.ts';

const image = imageOf([layerOf([file('a', 'a')])]);
const younger = imageOf([layerOf([file('b', 'b')])]);
const arm = imageOf([layerOf([file('a', 'arm')])], { platform: 'linux/arm64' });

async function catalog(client: Client): Promise<unknown> {
  return (jsonOf(await client.ask('GET', '/v2/_catalog')) as { repositories: unknown }).repositories;
}

function pushed(more: Parameters<ShapeBuilder['image']>[0] = {}, tags: readonly string[] = ['1']): ShapeBuilder {
  const make = new ShapeBuilder();
  make.image(more, tags);
  return make;
}

void describe('a layout that is served', () => {
  void it('shows its images under the names they have', async (t) => {
    const { client } = await serve(t, {}, (layout) => writeLayout(layout, { debian: image, 'team/app:1': arm }));
    assert.deepEqual(await catalog(client()), ['debian', 'team/app']);
    assert.deepEqual((await client('debian').manifest('GET', 'latest')).body, image.manifest);
    assert.deepEqual((await client('team/app').manifest('GET', '1')).body, arm.manifest);
    assert.equal((await client('debian').manifest('GET', arm.digest)).status, 404);
  });

  void it('shows the only image under the name of the directory', async (t) => {
    const { client } = await serve(t, {}, (layout) => writeLayout(layout, { '': image }));
    assert.deepEqual((await client('layout').manifest('GET', 'latest')).body, image.manifest);
  });

  void it('shows what is inside an index', async (t) => {
    const index = indexOf([indexOf([image, arm]), image]);
    const { client } = await serve(t, {}, (layout) => writeLayout(layout, { multi: index }));
    const reply = await client('multi').manifest('GET', arm.digest);
    assert.deepEqual([reply.status, reply.headers['content-type']], [200, mediaTypes.ociManifest]);
    assert.deepEqual(reply.body, arm.manifest);
  });

  void it('shows at once what others write to it', async (t) => {
    const { client, layout } = await serve(t, {}, (directory) => writeLayout(directory, { app: image }));
    assert.deepEqual((await client().manifest('GET', 'latest')).body, image.manifest);
    writeLayout(layout, { app: younger });
    assert.deepEqual((await client().manifest('GET', 'latest')).body, younger.manifest);
  });

  void it('is read by oci:DIR:NAME:TAG after a push', async (t) => {
    const { client, layout } = await serve(t);
    const content = pushed({}, ['1.2']);
    await client('team/app').push(content);
    const opened = await openReference(`oci:${layout}:team/app:1.2`);
    assert.equal(opened.digest, content.manifests[0]?.digest);
  });

  void it('keeps everything over a restart, also what has no tag', async (t) => {
    const content = shapes['artifacts with a subject']?.();
    assert.ok(content);
    const first = await serve(t);
    await first.client().push(content);
    await first.client().manifest('DELETE', 'image');
    await first[Symbol.asyncDispose]();
    const { client } = await serve(t, { directory: first.layout });
    for (const { digest, bytes } of content.manifests) {
      assert.deepEqual((await client().manifest('GET', digest)).body, bytes);
    }
    const [subject] = content.manifests;
    const list = await client().ask('GET', `referrers/${subject?.digest}`);
    assert.equal((jsonOf(list) as { manifests: unknown[] }).manifests.length, 3);
  });

  void it('is shared by several registries that lose nothing', async (t) => {
    const one = await serve(t);
    const two = await serve(t, { directory: one.layout });
    const three = await serve(t, { directory: one.layout });
    const everybody = [one, two, three].flatMap(({ client }, at) =>
      Array.from({ length: 8 }, async (_, number) => client('shared').push(pushed({}, [`t${at}-${number}`]))),
    );
    await Promise.all(everybody);
    for (const { client } of [one, two, three]) {
      const reply = await client('shared').ask('GET', 'tags/list');
      assert.equal((jsonOf(reply) as { tags: unknown[] }).tags.length, 24);
    }
  });

  void it('is not changed by a registry that only reads', async (t) => {
    const content = pushed();
    const { client, layout } = await serve(t, { readOnly: true }, (directory) =>
      writeLayout(directory, { app: image }),
    );
    const before = fs.readFileSync(join(layout, 'index.json'));
    const [manifest] = content.manifests;
    assert.ok(manifest);
    const replies = [
      await client().ask('POST', 'blobs/uploads/'),
      await client().putManifest('x', manifest),
      await client().manifest('DELETE', 'latest'),
      await client().blob('DELETE', image.configDigest),
    ];
    for (const reply of replies) {
      assert.deepEqual([reply.status, codeOf(reply), reply.headers.allow], [405, 'UNSUPPORTED', 'GET, HEAD']);
    }
    assert.deepEqual(fs.readFileSync(join(layout, 'index.json')), before);
    assert.equal((await client().blob('GET', image.configDigest)).status, 200);
  });

  void it('must be there for a registry that only reads, and is made for one that does not', async (t) => {
    const { layout, path } = await serve(t);
    openLayoutStore(layout, { create: false })[Symbol.dispose]();
    const absent = { directory: join(path, 'absent'), address: '127.0.0.1:0', readOnly: true };
    await assert.rejects(startRegistry(absent), { code: 'STORE_INVALID' });
    fs.writeFileSync(join(path, 'file'), '');
    await assert.rejects(startRegistry({ ...absent, directory: join(path, 'file') }), { code: 'STORE_INVALID' });
  });

  void it('never holds a manifest without its blobs', async (t) => {
    const { client } = await serve(t);
    const content = pushed();
    await client().push(content);
    for (const digest of [...content.blobs.keys(), ...content.manifests.map((manifest) => manifest.digest)]) {
      const reply = await client('other').blob('DELETE', digest);
      assert.deepEqual([reply.status, codeOf(reply)], [409, 'DENIED']);
    }
    for (const { digest } of content.manifests) await client().manifest('DELETE', digest);
    for (const digest of content.blobs.keys()) assert.equal((await client('other').blob('DELETE', digest)).status, 202);
  });

  void it('keeps what an index needs', async (t) => {
    const { client } = await serve(t);
    const make = new ShapeBuilder();
    make.index([make.image()], {}, ['multi']);
    await client().push(make);
    const [child, index] = make.manifests;
    assert.ok(child && index);
    const refused = await client().manifest('DELETE', child.digest);
    assert.deepEqual([refused.status, codeOf(refused)], [409, 'DENIED']);
    assert.equal((await client().manifest('DELETE', index.digest)).status, 202);
    assert.equal((await client().manifest('DELETE', child.digest)).status, 202);
  });

  void it('answers a client that has the manifest already', async (t) => {
    const { client } = await serve(t, {}, (directory) => writeLayout(directory, { app: image }));
    const headers = { 'If-None-Match': `"${image.digest}"` };
    const reply = await client().manifest('GET', 'latest', { headers });
    assert.deepEqual([reply.status, reply.body.length], [304, 0]);
  });

  void it('lists many referrers page by page', async (t: TestContext) => {
    const { client } = await serve(t);
    const make = new ShapeBuilder();
    const subject = make.image();
    const note = 'x'.repeat(1_500_000);
    for (let at = 0; at < 3; at++) make.artifact({ subject, annotations: { note, at: String(at) } });
    await client().push(make);
    const found = new Set<unknown>();
    let path: string | undefined = `referrers/${digestFor(make.manifests[0]?.bytes ?? Buffer.alloc(0))}`;
    for (let page = 0; path !== undefined; page++) {
      const reply = await client().ask('GET', path);
      assert.ok(reply.body.length < 4 * 1024 * 1024 && page < 3);
      for (const { digest } of (jsonOf(reply) as { manifests: { digest: string }[] }).manifests) found.add(digest);
      path = /^<([^>]+)>; rel="next"$/.exec(String(reply.headers['link']))?.[1];
    }
    assert.equal(found.size, 3);
  });
});

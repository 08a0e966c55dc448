/** The areas of the OCI distribution conformance suite as named cases, for any registry. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { ask, codeOf, jsonOf, type Reply } from './ask.ts';
import { type Client, locationOf, withQuery } from './client.ts';
import type { Case, UnderTest } from './conformance-case.ts';
import { pushCases } from './conformance-push.ts';
import { digestFor, type Json, type PushedManifest, type Shape, ShapeBuilder, shapes, types } from './shapes.ts';

interface TagList {
  readonly name: string;
  readonly tags: readonly string[];
}

interface ReferrerList {
  readonly schemaVersion: number;
  readonly mediaType: string;
  readonly manifests: readonly Json[];
}

async function isPulled(client: Client, reference: string, manifest: PushedManifest): Promise<void> {
  const accept = { headers: { Accept: `${types.index}, ${types.manifest}` } };
  for (const method of ['HEAD', 'GET']) {
    const reply = await client.manifest(method, reference, accept);
    assert.equal(reply.status, 200, `${method} ${reference}`);
    assert.equal(reply.headers['content-type'], manifest.mediaType);
    assert.equal(reply.headers['content-length'], String(manifest.bytes.length));
    assert.equal(reply.headers['docker-content-digest'] ?? manifest.digest, manifest.digest);
    if (method === 'GET') assert.deepEqual(reply.body, manifest.bytes);
  }
}

async function isListedAsReferrer(client: Client, referrer: PushedManifest, subject: string): Promise<void> {
  const all = await listReferrers(client, subject);
  const { digest, mediaType, bytes, artifactType, annotations } = referrer;
  const found = all.manifests.find((entry) => entry['digest'] === digest);
  assert.ok(found, `${digest} is among the referrers`);
  assert.deepEqual([found['mediaType'], found['size'], found['artifactType']], [mediaType, bytes.length, artifactType]);
  assert.deepEqual(found['annotations'], annotations);
  const filtered = await listReferrers(client, subject, artifactType);
  assert.ok(filtered.manifests.some((entry) => entry['digest'] === digest));
  assert.ok(filtered.manifests.every((entry) => entry['artifactType'] === artifactType));
}

async function listReferrers(client: Client, subject: string, artifactType?: string): Promise<ReferrerList> {
  const path = `referrers/${subject}`;
  const reply = await client.ask(
    'GET',
    artifactType === undefined ? path : withQuery(path, 'artifactType', artifactType),
  );
  assert.deepEqual([reply.status, reply.headers['content-type']], [200, types.index]);
  assert.equal(reply.headers['oci-filters-applied'], artifactType === undefined ? undefined : 'artifactType');
  const list = jsonOf(reply) as ReferrerList;
  assert.deepEqual([list.schemaVersion, list.mediaType], [2, types.index]);
  return list;
}

async function tagsOf(client: Client, query = ''): Promise<readonly string[]> {
  const reply = await client.ask('GET', `tags/list${query}`);
  assert.equal(reply.status, 200);
  assert.equal((jsonOf(reply) as TagList).name, client.repository);
  return (jsonOf(reply) as TagList).tags;
}

/** Pushes, lists, pulls and deletes a shape, as the suite does with each. */
async function goesThrough({ client }: UnderTest, content: Shape): Promise<void> {
  await client.pushBlobs(content);
  for (const manifest of content.manifests) {
    for (const reference of [manifest.digest, ...manifest.tags]) {
      const reply = await client.putManifest(reference, manifest);
      assert.equal(reply.status, 201, reply.body.toString());
      assert.equal(reply.headers['docker-content-digest'] ?? manifest.digest, manifest.digest);
      assert.equal(reply.headers['oci-subject'], manifest.subject);
      assert.deepEqual((await client.ask('GET', locationOf(reply), accepting)).body, manifest.bytes);
    }
  }
  const tags = content.manifests.flatMap((manifest) => manifest.tags);
  if (tags.length > 0) assert.deepEqual(await tagsOf(client), [...tags].sort());
  for (const manifest of content.manifests) {
    for (const reference of [manifest.digest, ...manifest.tags]) await isPulled(client, reference, manifest);
    if (manifest.subject !== undefined) await isListedAsReferrer(client, manifest, manifest.subject);
  }
  for (const [digest, bytes] of content.blobs) assert.deepEqual((await client.blob('GET', digest)).body, bytes);
}

/** Lest blobs of this case be needed when another deletes them. */
async function cleanUp({ client }: UnderTest, { manifests }: Shape): Promise<void> {
  for (const { digest } of [...manifests].reverse()) await client.manifest('DELETE', digest);
}

const accepting = { headers: { Accept: `${types.index}, ${types.manifest}` } };

/** Tags first, then manifests, parents before children, then blobs. Each is gone at once. */
async function isDeleted({ client }: UnderTest, content: Shape): Promise<void> {
  const manifests = [...content.manifests].reverse();
  for (const tag of manifests.flatMap((manifest) => manifest.tags)) {
    await isGone(client, await client.manifest('DELETE', tag), `manifests/${tag}`);
  }
  for (const { digest } of manifests) {
    assert.equal((await client.manifest('HEAD', digest, accepting)).status, 200, 'it outlives its tag');
    await isGone(client, await client.manifest('DELETE', digest), `manifests/${digest}`);
  }
  for (const digest of content.blobs.keys())
    await isGone(client, await client.blob('DELETE', digest), `blobs/${digest}`);
}

async function isGone(client: Client, deleted: Reply, path: string): Promise<void> {
  assert.equal(deleted.status, 202, deleted.body.toString());
  assert.equal((await client.ask('HEAD', path, accepting)).status, 404);
}

const shapeCases = Object.entries(shapes).flatMap(([name, make]): Case[] => [
  {
    name: `pushes, lists and pulls: ${name}`,
    run: async (under) => {
      const content = make();
      try {
        await goesThrough(under, content);
      } finally {
        await cleanUp(under, content);
      }
    },
  },
  {
    name: `deletes: ${name}`,
    run: async (under) => {
      const content = make();
      await under.client.push(content);
      await isDeleted(under, content);
    },
  },
]);

const manifestCases: readonly Case[] = [
  {
    name: 'manifests that are missing are not found',
    run: async ({ client }) => {
      await client.push(shapeNamed('image'));
      for (const reference of ['missing', '.INVALID_NAME', digestFor(randomBytes(8))]) {
        assert.equal((await client.manifest('HEAD', reference)).status, 404);
        const reply = await client.manifest('GET', reference);
        assert.deepEqual([reply.status, codeOf(reply)], [404, 'MANIFEST_UNKNOWN']);
      }
    },
  },
  {
    name: 'a manifest is refused when its digest is wrong',
    run: async ({ client }) => {
      const content = shapeNamed('image');
      await client.pushBlobs(content);
      const [manifest] = content.manifests;
      assert.ok(manifest);
      const bytes = Buffer.concat([manifest.bytes, Buffer.from('  ')]);
      const reply = await client.putManifest(manifest.digest, { ...manifest, bytes });
      assert.deepEqual([reply.status, codeOf(reply)], [400, 'DIGEST_INVALID']);
      assert.equal((await client.manifest('HEAD', manifest.digest)).status, 404);
    },
  },
  {
    name: 'a malformed digest is refused',
    run: async ({ client }) => {
      const content = shapeNamed('image');
      await client.push(content);
      const [manifest] = content.manifests;
      assert.ok(manifest);
      const reply = await client.putManifest('sha256:baddigeststring', manifest);
      assert.equal(reply.status, 400);
      assert.ok([400, 404].includes((await client.manifest('GET', 'sha256:baddigeststring')).status));
    },
  },
  {
    name: 'an image whose layer was not pushed is refused',
    run: async ({ client }) => {
      const { manifests } = shapeNamed('image');
      const [manifest] = manifests;
      assert.ok(manifest);
      const reply = await client.putManifest('incomplete', manifest);
      assert.equal(codeOf(reply), 'MANIFEST_BLOB_UNKNOWN');
      assert.ok([400, 404].includes(reply.status));
      assert.equal((await client.manifest('HEAD', 'incomplete')).status, 404);
    },
  },
  {
    name: 'what is no manifest is refused',
    run: async ({ client }) => {
      for (const bytes of [Buffer.from('{"schemaVersion":2,'), Buffer.from('[]'), Buffer.from('')]) {
        const reply = await client.putManifest('broken', { bytes, mediaType: types.manifest });
        assert.deepEqual([reply.status, codeOf(reply)], [400, 'MANIFEST_INVALID']);
      }
    },
  },
  ...(['sha256', 'sha512'] as const).map((algorithm): Case => ({
    name: `tags are given in the query of a push by ${algorithm} digest`,
    run: async ({ client }) => {
      const make = new ShapeBuilder(algorithm);
      make.index([make.image()]);
      await client.pushBlobs(make);
      for (const [at, manifest] of make.manifests.entries()) {
        const tags = [`first-${at}`, `second-${at}`];
        const query = tags.map((tag) => `tag=${tag}`).join('&');
        const reply = await client.putManifest(`${manifest.digest}?${query}`, manifest);
        assert.equal(reply.status, 201);
        const confirmed = String(reply.headers['oci-tag']).split(',');
        assert.deepEqual(confirmed.map((tag) => tag.trim()).sort(), tags);
        for (const tag of tags) await isPulled(client, tag, manifest);
      }
    },
  })),
  {
    name: 'a tag that moves leaves the old manifest behind',
    run: async ({ client }) => {
      const [before, after] = [shapeNamed('image'), shapeNamed('image')];
      await client.push(before);
      await client.push(after);
      const [old, young] = [before.manifests[0], after.manifests[0]];
      assert.ok(old && young);
      await isPulled(client, 'image', young);
      await isPulled(client, old.digest, old);
      assert.deepEqual(await tagsOf(client), ['image']);
    },
  },
  {
    name: 'a manifest that is deleted takes its tags with it',
    run: async ({ client }) => {
      const make = new ShapeBuilder();
      make.image({}, ['one', 'two']);
      await client.push(make);
      const [manifest] = make.manifests;
      assert.ok(manifest);
      assert.equal((await client.manifest('DELETE', manifest.digest)).status, 202);
      for (const tag of ['one', 'two']) assert.equal((await client.manifest('HEAD', tag)).status, 404);
    },
  },
];

const discoveryCases: readonly Case[] = [
  {
    name: 'tags of a repository that nobody has pushed to are none',
    run: async ({ client }) => {
      const reply = await client.ask('GET', 'tags/list');
      assert.deepEqual([reply.status, codeOf(reply)], [404, 'NAME_UNKNOWN']);
    },
  },
  {
    name: 'referrers of a subject that nobody knows are none',
    run: async ({ client }) => {
      assert.deepEqual((await listReferrers(client, digestFor(randomBytes(8)))).manifests, []);
    },
  },
  {
    name: 'tags are listed in order and page by page',
    run: async ({ client }) => {
      const make = new ShapeBuilder();
      make.image({}, ['c', 'a', 'B', 'b', '_d', 'a.1']);
      await client.push(make);
      const all = await tagsOf(client);
      assert.deepEqual(all, ['B', '_d', 'a', 'a.1', 'b', 'c']);
      assert.deepEqual(await tagsOf(client, '?n=2'), all.slice(0, 2));
      assert.deepEqual(await tagsOf(client, '?n=2&last=a'), all.slice(3, 5));
      assert.deepEqual(await tagsOf(client, '?last=a.0'), all.slice(3));
      assert.deepEqual(await tagsOf(client, '?n=100'), all);
      assert.deepEqual(await pages(client, 'tags/list?n=4', (reply) => (jsonOf(reply) as TagList).tags), all);
    },
  },
  {
    name: 'a list of no tags at all is asked for',
    run: async ({ client }) => {
      await client.push(shapeNamed('image'));
      assert.deepEqual(await tagsOf(client, '?n=0'), []);
    },
  },
  {
    name: 'repositories are listed page by page',
    run: async ({ client, other }) => {
      await client.push(shapeNamed('image'));
      await other.push(shapeNamed('image'));
      type Catalog = { readonly repositories: readonly string[] };
      const listed = await pages(client, '/v2/_catalog?n=1', (reply) => (jsonOf(reply) as Catalog).repositories);
      for (const { repository } of [client, other]) assert.ok(listed.includes(repository));
      assert.deepEqual([...listed].sort(), listed);
    },
  },
];

/** Follows the links. */
async function pages(client: Client, first: string, namesOf: (reply: Reply) => readonly string[]) {
  const names: string[] = [];
  for (let path: string | undefined = first; path !== undefined;) {
    const reply: Reply = await client.ask('GET', path);
    assert.equal(reply.status, 200);
    names.push(...namesOf(reply));
    path = /^<([^>]+)>; *rel="?next"?$/.exec(String(reply.headers['link']))?.[1];
    assert.ok(names.length < 10_000);
  }
  return names;
}

function shapeNamed(name: string): Shape {
  const make = shapes[name];
  assert.ok(make);
  return make();
}

export const conformanceCases: readonly Case[] = [
  {
    name: 'says that it speaks the protocol',
    run: async ({ client }) => {
      const reply = await ask('GET', `${client.base}/v2/`);
      assert.equal(reply.status, 200);
    },
  },
  ...discoveryCases,
  ...manifestCases,
  ...shapeCases,
  ...pushCases('sha256'),
  ...pushCases('sha512'),
];

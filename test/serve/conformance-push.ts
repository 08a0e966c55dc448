/** How blobs get in and out, for each algorithm. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { Digest, DigestAlgorithm } from '../../src/base/index.ts';
import { codeOf, type Reply } from './ask.ts';
import { type Client, locationOf, withQuery } from './client.ts';
import type { Case } from './conformance-case.ts';
import { digestFor } from './shapes.ts';

const chunkBytes = 1024;

type Run = (client: Client, bytes: Buffer, digest: Digest) => Promise<Reply>;

/** Ways in that end with 201. */
const ways: Readonly<Record<string, Run>> = {
  'POST alone': (client, body, digest) => client.ask('POST', withQuery('blobs/uploads/', 'digest', digest), { body }),
  'POST and PUT': (client, body, digest) => client.pushBlob(body, digest),
  'a single chunk': (client, bytes, digest) => pushInChunks(client, bytes, digest, { chunk: bytes.length }),
  'several chunks': (client, bytes, digest) => pushInChunks(client, bytes, digest),
  'several chunks, the last in the PUT': (client, bytes, digest) =>
    pushInChunks(client, bytes, digest, { isLastPut: true }),
  'a stream': async (client, bytes, digest) => {
    const location = await client.beginUpload();
    const body = [bytes.subarray(0, 700), bytes.subarray(700)];
    const patched = await client.ask('PATCH', location, { body });
    assert.equal(patched.status, 202);
    return client.ask('PUT', withQuery(locationOf(patched), 'digest', digest));
  },
};

interface Chunks {
  readonly chunk?: number;
  readonly isLastPut?: boolean;
}

async function pushInChunks(client: Client, bytes: Buffer, digest: Digest, options: Chunks = {}): Promise<Reply> {
  const { chunk = chunkBytes, isLastPut = false } = options;
  let location = await client.beginUpload();
  for (let start = 0; start < bytes.length; start += chunk) {
    const body = bytes.subarray(start, start + chunk);
    const end = start + body.length;
    if (isLastPut && end === bytes.length) return putChunk(client, location, digest, [start, body]);
    const reply = await client.ask('PATCH', location, chunkOf(start, body));
    assert.equal(reply.status, 202, reply.body.toString());
    assert.equal(reply.headers.range, `0-${end - 1}`);
    location = locationOf(reply);
  }
  return client.ask('PUT', withQuery(location, 'digest', digest));
}

function putChunk(client: Client, location: string, digest: Digest, [start, body]: [number, Buffer]): Promise<Reply> {
  return client.ask('PUT', withQuery(location, 'digest', digest), chunkOf(start, body));
}

function chunkOf(start: number, body: Buffer): { body: Buffer; headers: Record<string, string> } {
  return { body, headers: { 'Content-Range': `${start}-${start + body.length - 1}` } };
}

async function pulls(client: Client, digest: Digest, bytes: Buffer): Promise<void> {
  const head = await client.blob('HEAD', digest);
  assert.deepEqual([head.status, head.headers['content-length'], head.body.length], [200, String(bytes.length), 0]);
  const got = await client.blob('GET', digest);
  assert.equal(got.status, 200);
  assert.deepEqual(got.body, bytes);
  assert.equal(got.headers['docker-content-digest'] ?? digest, digest);
}

/** Every way in, and what goes wrong on each. */
export function pushCases(algorithm: DigestAlgorithm): readonly Case[] {
  const fresh = (size = 3 * chunkBytes - 5): [Buffer, Digest] => {
    const bytes = randomBytes(size);
    return [bytes, digestFor(bytes, algorithm)];
  };
  const named = (name: string, run: Case['run']): Case => ({ name: `${algorithm} blobs: ${name}`, run });
  return [
    named('are not found before they are pushed', async ({ client }) => {
      const [, digest] = fresh();
      assert.equal((await client.blob('HEAD', digest)).status, 404);
      const reply = await client.blob('GET', digest);
      assert.deepEqual([reply.status, codeOf(reply)], [404, 'BLOB_UNKNOWN']);
    }),
    ...Object.entries(ways).flatMap(([name, push]) => [
      named(`are pushed by ${name}`, async ({ client }) => {
        const [bytes, digest] = fresh();
        const reply = await push(client, bytes, digest);
        assert.equal(reply.status, 201, reply.body.toString());
        assert.equal(reply.headers['docker-content-digest'] ?? digest, digest);
        assert.deepEqual((await client.ask('GET', locationOf(reply))).body, bytes);
        await pulls(client, digest, bytes);
      }),
      named(`are refused by ${name} when the digest is wrong`, async ({ client }) => {
        const [bytes, digest] = fresh();
        const reply = await push(client, Buffer.concat([bytes, Buffer.from('oh no')]), digest);
        assert.deepEqual([reply.status, codeOf(reply)], [400, 'DIGEST_INVALID']);
        assert.equal((await client.blob('HEAD', digest)).status, 404);
      }),
    ]),
    ...[false, true].map((isLastPut) =>
      named(`go on after chunks out of order${isLastPut ? ', the last in the PUT' : ''}`, async ({ client }) => {
        const [bytes, digest] = fresh();
        const begun = await client.beginUpload();
        const first = bytes.subarray(0, chunkBytes);
        const rest = bytes.subarray(chunkBytes);
        assert.equal((await client.ask('PATCH', begun, chunkOf(chunkBytes, rest))).status, 416);
        const again = await client.ask('GET', begun);
        assert.equal(again.status, 204);
        const patched = await client.ask('PATCH', locationOf(again), chunkOf(0, first));
        assert.equal(patched.status, 202);
        const repeated = await client.ask('PATCH', locationOf(patched), chunkOf(0, first));
        assert.equal(repeated.status, 416);
        const status = await client.ask('GET', locationOf(patched));
        assert.deepEqual([status.status, status.headers.range], [204, `0-${chunkBytes - 1}`]);
        const done = isLastPut
          ? await putChunk(client, locationOf(status), digest, [chunkBytes, rest])
          : await client.ask('PATCH', locationOf(status), chunkOf(chunkBytes, rest));
        if (!isLastPut) await client.ask('PUT', withQuery(locationOf(done), 'digest', digest));
        await pulls(client, digest, bytes);
      }),
    ),
    named('are mounted from another repository', async ({ client, other }) => {
      const [bytes, digest] = fresh();
      await other.pushBlob(bytes, digest);
      const query = withQuery(withQuery('blobs/uploads/', 'mount', digest), 'from', other.repository);
      const reply = await client.ask('POST', query);
      assert.equal(reply.status, 201);
      assert.deepEqual((await client.ask('GET', locationOf(reply))).body, bytes);
    }),
    named('are mounted from anywhere', async ({ client, other }) => {
      const [bytes, digest] = fresh();
      await other.pushBlob(bytes, digest);
      const reply = await client.ask('POST', withQuery('blobs/uploads/', 'mount', digest));
      assert.equal(reply.status, 201);
      await pulls(client, digest, bytes);
    }),
    named('that are missing are not mounted but uploaded', async ({ client, other }) => {
      const [bytes, digest] = fresh();
      const query = withQuery(withQuery('blobs/uploads/', 'mount', digest), 'from', other.repository);
      const reply = await client.ask('POST', query);
      assert.equal(reply.status, 202);
      const done = await client.ask('PUT', withQuery(locationOf(reply), 'digest', digest), { body: bytes });
      assert.equal(done.status, 201);
    }),
    named('are given up', async ({ client }) => {
      const location = await client.beginUpload();
      assert.equal((await client.ask('DELETE', location)).status, 204);
      const reply = await client.ask('GET', location);
      assert.deepEqual([reply.status, codeOf(reply)], [404, 'BLOB_UPLOAD_UNKNOWN']);
    }),
    ...['', '{}'].flatMap((text) =>
      ['POST and PUT', 'POST alone', 'a stream'].map((way) =>
        named(`may be ${text === '' ? 'empty' : 'the empty document'}, by ${way}`, async ({ client }) => {
          const bytes = Buffer.from(text);
          const digest = digestFor(bytes, algorithm);
          const push = ways[way];
          assert.ok(push);
          assert.equal((await push(client, bytes, digest)).status, 201);
          await pulls(client, digest, bytes);
        }),
      ),
    ),
    ...rangeCases(named, fresh),
    named('are deleted', async ({ client }) => {
      const [bytes, digest] = fresh();
      await client.pushBlob(bytes, digest);
      assert.equal((await client.blob('DELETE', digest)).status, 202);
      assert.equal((await client.blob('HEAD', digest)).status, 404);
      assert.equal((await client.blob('DELETE', digest)).status, 404);
    }),
  ];
}

const ranges: readonly (readonly [string, readonly [number, number] | undefined])[] = [
  ['500-1499', [500, 1499]],
  ['500-', [500, 2047]],
  ['-500', [1548, 2047]],
  ['2000-5000', [2000, 2047]],
  ['0-0', [0, 0]],
  ['5000-10000', undefined],
  ['500-0', undefined],
];

function rangeCases(named: (name: string, run: Case['run']) => Case, fresh: (size: number) => [Buffer, Digest]) {
  return ranges.map(([range, part]) =>
    named(`answer the range ${range}`, async ({ client }) => {
      const [bytes, digest] = fresh(2048);
      await client.pushBlob(bytes, digest);
      const reply = await client.blob('GET', digest, { Range: `bytes=${range}` });
      assert.equal(reply.status, part === undefined ? 416 : 206);
      if (part === undefined) return;
      assert.equal(reply.headers['content-range'], `bytes ${part[0]}-${part[1]}/2048`);
      assert.deepEqual(reply.body, bytes.subarray(part[0], part[1] + 1));
    }),
  );
}

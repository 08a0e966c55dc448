/** Connections that break anywhere, and servers with their own idea of Range: the image comes out whole, or not at all. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { file, hardlink, imageOf, layerOf } from '../../src/testing/index.ts';
import type { HttpOptions } from '../../src/http/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory } from '../cases/index.ts';
import { held, noise } from './images.ts';
import { type BlobRequest, giveBlob, headersOf, startLooseRegistry } from './loose-registry.ts';
import { filesOpenBelow, type Remote, remote, withImage } from './scratch.ts';

const layers = [
  [file('a', noise(90_000, 1)), hardlink('b', 'a')],
  [file('c', noise(30_000, 2))],
  [file('d', noise(400, 3)), file('e', 'e')],
];
const image = held(imageOf(layers.map((entries) => layerOf(entries))));
const tree = expectedListing(layers.flat());

/** How one request for a blob goes. */
interface Turn {
  /** Part of what is left that is sent before the connection breaks; 1 sends all. */
  readonly sent: number;
  readonly range: 'right' | 'ignored' | 'earlier' | 'later' | 'shorter' | 'without' | 'malformed' | 'unsatisfiable';
  /** Bytes at a time, with a pause after some. */
  readonly chunk: number;
  readonly isSlow: boolean;
  readonly end: 'close' | 'reset';
  readonly saysLength: boolean;
  /** A status instead of all that. */
  readonly status: 200 | 429 | 500 | 503;
}

const turn: fc.Arbitrary<Turn> = fc.record({
  sent: fc.oneof(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom(0, 1)),
  range: fc.oneof(
    { weight: 3, arbitrary: fc.constant('right' as const) },
    fc.constantFrom('ignored', 'earlier', 'later', 'shorter', 'without', 'malformed', 'unsatisfiable'),
  ),
  chunk: fc.integer({ min: 100, max: 100_000 }),
  isSlow: fc.boolean(),
  end: fc.constantFrom('close', 'reset'),
  saysLength: fc.boolean(),
  status: fc.oneof(
    { weight: 6, arbitrary: fc.constant(200 as const) },
    fc.constantFrom(429 as const, 500 as const, 503 as const),
  ),
});

/** Fewer than the client tries without a new byte. */
const turns = fc.array(fc.array(turn, { maxLength: 4 }), { minLength: 4, maxLength: 4 });

void test('whatever connections do, an image that can be fetched in the end is unpacked exactly', async (t) => {
  const unhandled = watchRejections(t);
  const here = await remote(t);
  await fc.assert(
    fc.asyncProperty(turns, async (script) => {
      const target = reset(here);
      await using registry = await startLooseRegistry(image, player(script));
      await unpackFrom(here, registry.reference, target);
      assertWhole(here, target);
    }),
    { numRuns: 40 },
  );
  assert.deepEqual(unhandled, []);
});

void test('what a server never gives is one error, nothing appears, and the next run goes on', async (t) => {
  const unhandled = watchRejections(t);
  const here = await remote(t);
  const never = fc.record({ script: turns, stuck: fc.constantFrom('closed', 'reset', 'refused') });
  await fc.assert(
    fc.asyncProperty(never, async ({ script, stuck }) => {
      const target = reset(here);
      {
        await using registry = await startLooseRegistry(image, player(script, stuck));
        const error: unknown = await unpackFrom(here, registry.reference, target, { retries: 1 }).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        assert.ok(isHoldfastError(error), String(error));
        assert.equal(error.exit, 'network', `${error.code}: ${error.message}`);
      }
      assert.deepEqual(namesBeside(here), []);
      await using registry = await startLooseRegistry(image, player([]));
      await unpackFrom(here, registry.reference, target);
      assertWhole(here, target);
    }),
    { numRuns: 12 },
  );
  assert.deepEqual(unhandled, []);
});

void test('bytes that are not those of the blob are refused, wherever they are, and fetched again', async (t) => {
  const here = await remote(t);
  const wrong = fc.record({ script: turns, blob: fc.nat(2), at: fc.double({ min: 0, max: 1, noNaN: true }) });
  await fc.assert(
    fc.asyncProperty(wrong, async ({ script, blob, at }) => {
      const target = reset(here);
      {
        const spoiled = spoil(blob, at);
        await using registry = await startLooseRegistry(
          { ...image, blobs: spoiled },
          player(script, undefined, spoiled),
        );
        const error: unknown = await unpackFrom(here, registry.reference, target).catch((reason: unknown) => reason);
        assert.ok(isHoldfastError(error, 'DIGEST_MISMATCH'), String(error));
      }
      assert.deepEqual(namesBeside(here), []);
      await using registry = await startLooseRegistry(image, player([]));
      await unpackFrom(here, registry.reference, target);
      assertWhole(here, target);
    }),
    { numRuns: 15 },
  );
});

/** Plays each blob's turns one after the other, and answers properly, or in the same bad way for ever, after that. */
function player(script: readonly (readonly Turn[])[], stuck?: string, blobs = image.blobs) {
  const names = [...blobs.keys()];
  const taken = new Map<string, number>();
  return async (blob: BlobRequest): Promise<void> => {
    const bytes = blobs.get(blob.digest) ?? Buffer.alloc(0);
    const count = taken.get(blob.digest) ?? 0;
    taken.set(blob.digest, count + 1);
    const next = script[names.indexOf(blob.digest)]?.[count];
    // A config is fetched by a loop of its own; it is let through when all else is stuck.
    const isLast = names.indexOf(blob.digest) === names.length - 1;
    if (stuck !== undefined && isLast) return stay(stuck, blob);
    if (next === undefined) return giveBlob(bytes, blob);
    await play(next, bytes, blob);
  };
}

function stay(stuck: string, { request, response }: BlobRequest): void {
  if (stuck === 'closed') request.socket.destroy();
  else if (stuck === 'reset') request.socket.resetAndDestroy();
  else response.writeHead(503).end();
}

async function play(next: Turn, bytes: Buffer, { from, response }: BlobRequest): Promise<void> {
  if (next.status !== 200) return void response.writeHead(next.status, { 'retry-after': '0' }).end();
  const { status, headers, begin } = answerOf(next, bytes, from);
  if (status === 416) return void response.writeHead(416, headers).end();
  const { 'content-length': length, ...others } = headers;
  response.writeHead(status, next.saysLength && length !== undefined ? headers : others);
  const end = begin + Math.floor((bytes.length - begin) * next.sent);
  let pauses = next.isSlow ? 10 : 0;
  for (let at = begin; at < end && !response.destroyed; at += next.chunk) {
    response.write(bytes.subarray(at, Math.min(end, at + next.chunk)));
    if (pauses-- > 0) await new Promise((resolve) => void setTimeout(resolve, 1));
  }
  await new Promise((resolve) => void response.write('', resolve));
  // What is not announced ends where the connection does, so that it has to break to be known as broken.
  if (next.sent === 1) response.end();
  else if (next.end === 'reset' || !next.saysLength) response.socket?.resetAndDestroy();
  else response.socket?.destroySoon();
}

interface Begun {
  readonly status: number;
  readonly headers: Record<string, string>;
  /** Position of the first byte of the body. */
  readonly begin: number;
}

function answerOf({ range }: Turn, bytes: Buffer, from: number | undefined): Begun {
  const { length } = bytes;
  if (from === undefined || range === 'ignored') return { status: 200, headers: headersOf(bytes, undefined), begin: 0 };
  const part = (begin: number, headers = headersOf(bytes, begin)): Begun => ({ status: 206, headers, begin });
  const { 'content-range': _, ...lacking } = headersOf(bytes, from);
  switch (range) {
    case 'right':
      return part(from);
    case 'earlier':
      return part(Math.max(0, from - 10));
    case 'later':
      return part(Math.min(length - 1, from + 10));
    case 'shorter':
      return part(from, { ...lacking, 'content-range': `bytes ${from}-${Math.max(from, length - 2)}/${length}` });
    case 'without':
      return part(from, lacking);
    case 'malformed':
      return part(from, { ...lacking, 'content-range': 'bytes everything' });
    default:
      return { status: 416, headers: { 'content-range': `bytes */${length}` }, begin: from };
  }
}

function spoil(blob: number, at: number): Map<(typeof names)[number], Buffer> {
  const blobs = new Map(image.blobs);
  const digest = names[1 + blob] ?? assert.fail();
  const bytes = Buffer.from(blobs.get(digest) ?? assert.fail());
  const position = Math.min(bytes.length - 1, Math.floor(at * bytes.length));
  bytes[position] = (bytes[position] ?? 0) ^ 0x10;
  return blobs.set(digest, bytes);
}

/** The config, then the layers. */
const names = [...image.blobs.keys()];

let runs = 0;

/** A target that is not there, and neither store nor cache. */
function reset(here: Remote): string {
  here.forget('store', 'cache');
  return join(here.directory, `root-${++runs}`);
}

async function unpackFrom(here: Remote, reference: string, target: string, http: HttpOptions = {}): Promise<void> {
  const options = here.hurried(http);
  try {
    await withImage(reference, options, (opened) => unpack(opened, target, { allowLossy: true }));
  } finally {
    await options.close();
    assert.deepEqual(filesOpenBelow(here.directory), [], 'no file is left open');
  }
}

function assertWhole(here: Remote, target: string): void {
  if (process.getuid?.() === 0) assertSameTree(listingOfDirectory(target), tree);
  fs.rmSync(target, { recursive: true });
  fs.rmSync(join(here.directory, `.root-${runs}.holdfast`));
  assert.deepEqual(namesBeside(here), []);
}

function namesBeside({ directory }: Remote): string[] {
  return fs.readdirSync(directory).filter((name) => name !== 'store' && name !== 'cache');
}

function watchRejections(t: TestContext): unknown[] {
  const seen: unknown[] = [];
  const note = (reason: unknown): void => void seen.push(reason);
  process.on('unhandledRejection', note);
  t.after(() => process.off('unhandledRejection', note));
  return seen;
}

/** Memory does not grow with what is fetched. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { type Digest, parseDiffId, parseDigest } from '../../src/base/index.ts';
import { type BuiltLayer, file, imageOf, layerOf, tarBlocks } from '../../src/testing/index.ts';
import { type HeldImage, held, noise } from './images.ts';
import { startLooseRegistry } from './loose-registry.ts';
import { remote } from './scratch.ts';

const mebibyte = 1024 ** 2;
const piece = 16 * mebibyte;
const pieces = 64;
/** What a process needs that unpacks one small file is about 100 MiB. */
const mostKibibytes = 300 * 1024;

void it('a layer with a file of 1 GiB takes less than 300 MiB to fetch and unpack', { timeout: 120_000 }, async (t) => {
  const here = await remote(t);
  const layer = largeLayer();
  const image: HeldImage = held(imageOf([layer.built]));
  await using registry = await startLooseRegistry(image, async ({ digest, response }) => {
    if (digest !== layer.built.digest) return void response.end(image.blobs.get(digest));
    response.writeHead(200, { 'content-length': String(layer.built.size) });
    for (const member of layer.members) {
      if (!response.write(member)) await once(response, 'drain');
    }
    response.end();
  });
  const target = join(here.directory, 'root');
  const driver = join(import.meta.dirname, 'unpack-driver.ts');
  const argv = [driver, 'unpack', '--allow-lossy', '--progress', 'none', registry.reference, target];
  const child = spawn(process.execPath, argv, { env: { ...process.env, ...here.env }, stdio: ['ignore', 'pipe', 2] });
  const lines: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => lines.push(chunk));
  await once(child, 'close');
  const output = Buffer.concat(lines).toString().trim();
  assert.equal(fs.statSync(join(target, 'large')).size, piece * pieces);
  const peak = Number(output.split('\n').at(-1));
  t.diagnostic(`${Math.round(peak / 1024)} MiB for ${Math.round(layer.built.size / mebibyte)} MiB as stored`);
  assert.ok(peak > 0 && peak < mostKibibytes, output);
});

/** One large file, made and given piece by piece: each is one gzip member. */
function largeLayer(): { readonly built: BuiltLayer; readonly members: readonly Buffer[] } {
  const body = Buffer.alloc(piece, noise(20_000).toString('base64'));
  noise(piece >> 3).copy(body);
  const head = tarBlocks([{ ...file('large', ''), size: piece * pieces }]);
  const end = Buffer.alloc(1024);
  const [first, middle, last] = [gzipSync(head), gzipSync(body, { level: 1 }), gzipSync(end)];
  const members = [first, ...Array.from({ length: pieces }, () => middle), last];
  const contents = [head, ...Array.from({ length: pieces }, () => body), end];
  const size = members.reduce((sum, { length }) => sum + length, 0);
  const built = { ...layerOf([]), digest: digestOf(members), diffId: parseDiffId(digestOf(contents)), size };
  return { built, members };
}

function digestOf(parts: readonly Buffer[]): Digest {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return parseDigest(`sha256:${hash.digest('hex')}`);
}

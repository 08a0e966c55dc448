/** store on the command line. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { file, imageOf, indexOf, layerOf } from '../../src/testing/index.ts';
import { type Places, places, until } from './places.ts';

const image = imageOf([layerOf([file('a', 'text')])]);
const other = imageOf([layerOf([file('b', 'arm')])], { platform: 'linux/arm64' });
const index = indexOf([image, other]);
const short = (digest: string): string => `${digest.slice(0, 19)}…`;
const today = (): string => new Date().toISOString().slice(0, 10);

function store({ env }: Places): string {
  return env['HOLDFAST_STORE'] ?? '';
}

/** Inverts a byte of a blob. */
function damage(all: Places, digest: string): void {
  const blob = path.join(store(all), 'blobs/sha256', digest.slice(7));
  const bytes = fs.readFileSync(blob);
  bytes[5] = (bytes[5] ?? 0) ^ 1;
  fs.chmodSync(blob, 0o600);
  fs.writeFileSync(blob, bytes);
}

void describe('store ls', () => {
  void it('shows an empty store, which it makes for its owner only', async (t) => {
    const all = await places(t);
    const { stdout, stderr } = await all.done(['store', 'ls']);
    assert.deepEqual([stdout, stderr], [`${store(all)}: 0 images, 0 blobs, 0 bytes\n`, '']);
    assert.equal(fs.statSync(store(all)).mode & 0o777, 0o700);
  });

  void it('shows images, what they take, and when they were used', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', index);
    const name = `${all.host}/app:v1`;
    await all.done(['pull', '--platform', 'linux/arm64', name]);
    const { stdout } = await all.done(['store', 'ls']);
    assert.match(stdout, new RegExp(`^${short(other.digest)}  \\S+ \\w+  used ${today()}  ${name}\n`));
    assert.match(stdout, new RegExp(`\n${store(all)}: \\d images?, \\d blobs, .*\n$`));
    assert.match((await all.done(['store', 'ls', '-q'])).stdout, new RegExp(`^${other.digest}\n`));
    const { images } = await all.json<{ images: { name: string; complete: boolean }[] }>(['store', 'ls']);
    assert.ok(images.some((one) => one.name === name && one.complete));
  });

  void it('says what is there in part', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    await all.done(['inspect', `${all.host}/app:v1`]);
    assert.match((await all.done(['store', 'ls'])).stdout, /app:v1 \(in part\)\n/);
  });
});

void describe('store gc', () => {
  void it('removes what nobody used, and tells what', async (t) => {
    const all = await places(t);
    assert.equal((await all.done(['store', 'gc'])).stdout, 'there is nothing to remove\n');
    all.registry.seed('app', 'v1', image);
    await all.done(['pull', `${all.host}/app:v1`]);
    assert.equal((await all.done(['store', 'gc'])).stdout, 'there is nothing to remove\n');
    const unused = ['store', 'gc', '--unused-for', '0'];
    const lines = new RegExp(`^image ${all.host}/app:v1\nwould remove 1 image, 3 blobs: .*\n$`);
    assert.match((await all.done([...unused, '--dry-run'])).stdout, lines);
    const wouldRemove = await all.json<{ dryRun: boolean; blobs: unknown[] }>([...unused, '--dry-run']);
    assert.deepEqual([wouldRemove.dryRun, wouldRemove.blobs.length], [true, 3]);
    assert.equal((await all.done(['store', 'ls', '-q'])).stdout, `${image.digest}\n`);
    const removed = await all.done(['store', 'gc'], { env: { HOLDFAST_UNUSED_FOR: '0' } });
    assert.match(removed.stdout, /\nremoved 1 image, 3 blobs: /);
    assert.equal((await all.done(['store', 'ls', '-q'])).stdout, '');
    assert.equal((await all.done([...unused, '-q'])).stdout, '');
  });
});

void describe('store fsck', () => {
  void it('is content with what pull leaves', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    await all.done(['pull', `${all.host}/app:v1`]);
    const { stdout } = await all.done(['store', 'fsck']);
    assert.match(stdout, new RegExp(`^${store(all)}: 3 blobs, \\S+ \\w+, all is well\n$`));
    assert.deepEqual((await all.json(['store', 'fsck']))['problems'], []);
    assert.equal((await all.done(['store', 'fsck', '-q'])).stdout, '');
  });

  void it('exits with 3 when it finds something, and repairs when it is told to', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    await all.done(['pull', `${all.host}/app:v1`]);
    damage(all, image.layers[0]?.digest ?? '');
    const found = await all.run(['store', 'fsck']);
    assert.deepEqual([found.code, found.stderr], [3, '']);
    assert.match(found.stdout, /^error: .*\n(?:.*\n)*.*: 3 blobs, .*, 2 errors\n$/);
    const json = await all.run(['store', 'fsck', '--format', 'json']);
    assert.equal(json.code, 3);
    assert.equal((JSON.parse(json.stdout) as { ok: boolean }).ok, false);
    const repaired = await all.done(['store', 'fsck', '--repair']);
    assert.match(repaired.stdout, /^error: .* \(removed\)\n/);
    await all.done(['store', 'fsck']);
    assert.match((await all.done(['pull', `${all.host}/app:v1`])).stdout, /\nblobs {3}1 moved .*, 1 there already\n/);
  });
});

void describe('a store', () => {
  void it('that is none, or cannot be, is 9 or 8', async (t) => {
    const all = await places(t);
    fs.mkdirSync(path.join(all.directory, 'home'));
    fs.writeFileSync(path.join(all.directory, 'home/file'), 'x');
    for (const [directory, code] of [
      ['home', 9],
      ['home/file', 9],
      ['/proc/nowhere', 8],
    ] as const) {
      const env = { HOLDFAST_STORE: path.resolve(all.directory, directory) };
      for (const action of ['ls', 'gc', 'fsck']) await all.fails(code, ['store', action], { env });
      await all.fails(code, ['pull', `${all.host}/app:v1`], { env });
    }
  });

  void it('can ls, gc and fsck, and nothing else', async (t) => {
    const all = await places(t);
    assert.match(await all.fails(2, ['store']), /missing required argument 'ls\|gc\|fsck'/);
    assert.match(await all.fails(2, ['store', 'rm']), /^error: "rm" is not one of ls, gc, fsck \[USAGE\]\n/);
    assert.match(await all.fails(2, ['store', 'gc', '--unused-for', '-1']), /is not a whole number of 0 or more/);
  });
});

void it('a pull that is stopped leaves what has arrived, and the next one goes on from there', async (t) => {
  const all = await places(t);
  const big = imageOf([layerOf([file('big', randomBytes(400_000))], { compression: 'none' })]);
  const layer = big.layers[0];
  assert.ok(layer);
  all.registry.seed('app', 'v1', big);
  all.registry.faults.add({ match: { path: new RegExp(layer.digest) }, action: { kind: 'hang', afterBytes: 300_000 } });
  const signals = new EventEmitter();
  const running = all.run(['pull', `${all.host}/app:v1`], { signals });
  await until(() => JSON.stringify(partialsOf(all)), /300000/);
  signals.emit('SIGINT', 'SIGINT');
  const { code, stderr } = await running;
  assert.equal(code, 130);
  assert.match(stderr, /error: stopped by SIGINT; nothing incomplete is in place \[INTERRUPTED\]\n$/);
  assert.match((await all.done(['store', 'ls'])).stdout, /, 1 transfer begun \(293 KiB\)\n$/);
  await all.done(['pull', `${all.host}/app:v1`]);
  const ranges = all.registry.requests.flatMap(({ headers }) => headers['range'] ?? []);
  assert.deepEqual(ranges, ['bytes=300000-']);
});

/** Bytes of the transfers that were begun. */
function partialsOf(all: Places): readonly number[] {
  const directory = path.join(store(all), '.holdfast');
  if (!fs.existsSync(directory)) return [];
  const files = fs.readdirSync(directory, { recursive: true, withFileTypes: true });
  return files.flatMap((entry) => (entry.isFile() ? fs.statSync(path.join(entry.parentPath, entry.name)).size : []));
}

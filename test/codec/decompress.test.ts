import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { type Compression, decompress, outputChunkBytes } from '../../src/codec/index.ts';
import { collect, each, frameWithWindow, inChunks, skippableFrame, zstdFrame } from './streams.ts';

const hello = gzipSync('hello ');
const world = gzipSync('world');
const zeros = Buffer.alloc(1500);

async function textOf(compression: Compression, ...parts: readonly Uint8Array[]): Promise<string> {
  const whole = Buffer.concat(parts);
  const result = (await collect(decompress(each(whole), compression))).toString();
  for (const size of [1, 7])
    assert.equal((await collect(decompress(inChunks(whole, size), compression))).toString(), result);
  assert.equal((await collect(decompress(each(...parts), compression))).toString(), result);
  return result;
}

async function refuses(compression: Compression, ...parts: readonly Uint8Array[]): Promise<void> {
  const whole = Buffer.concat(parts);
  for (const chunks of [each(whole), each(...parts), inChunks(whole, 1)]) {
    await assert.rejects(collect(decompress(chunks, compression)), (error) => isHoldfastError(error, 'CODEC_CORRUPT'));
  }
}

void describe('decompressing gzip', () => {
  void it('joins the members of a stream', async () => {
    assert.equal(await textOf('gzip', hello, world), 'hello world');
    assert.equal(await textOf('gzip', hello, gzipSync(''), world), 'hello world');
  });

  void it('passes over zeros after the last member', async () => {
    assert.equal(await textOf('gzip', hello, zeros), 'hello ');
    assert.equal(await textOf('gzip', hello, zeros, zeros, zeros, zeros), 'hello ');
  });

  void it('refuses anything else after the last member', async () => {
    await refuses('gzip', hello, Buffer.from('x'));
    await refuses('gzip', hello, zeros, Buffer.from('x'));
    await refuses('gzip', hello, zeros, zeros, zeros, Buffer.from('x'));
    await refuses('gzip', hello, Buffer.from([0x1f]));
    await refuses('gzip', hello, Buffer.from([0x1f, 0x8b]));
  });

  void it('refuses a member behind zeros, which some readers see and some do not', async () => {
    await refuses('gzip', hello, zeros, world);
  });

  void it('refuses a stream cut anywhere', async () => {
    for (let length = 1; length < hello.length; length++) await refuses('gzip', hello.subarray(0, length));
    await refuses('gzip', hello, world.subarray(0, -1));
  });

  void it('refuses a wrong checksum and a wrong length', async () => {
    for (const back of [8, 4]) {
      const damaged = Buffer.from(hello);
      damaged[damaged.length - back] = (damaged.at(-back) ?? 0) ^ 1;
      await refuses('gzip', damaged);
    }
  });

  void it('refuses what is not gzip at all', async () => {
    await refuses('gzip', Buffer.from('this is not a gzip stream'));
  });
});

void describe('decompressing zstd', () => {
  void it('joins the frames of a stream', async () => {
    assert.equal(await textOf('zstd', zstdFrame('hello '), zstdFrame(''), zstdFrame('world')), 'hello world');
  });

  void it('passes over skippable frames first, between and last', async () => {
    const [a, b] = [zstdFrame('hello '), zstdFrame('world')];
    assert.equal(await textOf('zstd', skippableFrame(5), a, b), 'hello world');
    assert.equal(await textOf('zstd', a, skippableFrame(0, 15), skippableFrame(9), b), 'hello world');
    assert.equal(await textOf('zstd', a, b, skippableFrame(1000, 3)), 'hello world');
    assert.equal(await textOf('zstd', skippableFrame(5)), '');
  });

  void it('refuses garbage and zeros after the last frame', async () => {
    await refuses('zstd', zstdFrame('hello'), Buffer.from('garbage'));
    await refuses('zstd', zstdFrame('hello'), zeros);
    await refuses('zstd', zstdFrame('hello'), Buffer.from([0x28]));
  });

  void it('refuses a stream cut anywhere', async () => {
    const frame = zstdFrame('hello');
    for (let length = 1; length < frame.length; length++) await refuses('zstd', frame.subarray(0, length));
    await refuses('zstd', frame, skippableFrame(8).subarray(0, -1));
  });

  void it('refuses a wrong checksum', async () => {
    const frame = zstdCompressSync(Buffer.from('hello'), { params: { 201: 1 } });
    frame[frame.length - 1] = (frame.at(-1) ?? 0) ^ 1;
    await refuses('zstd', frame);
  });

  void it('refuses a frame that needs a dictionary', async () => {
    await refuses('zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x21, 0x07, 0x00, 0x01, 0x00, 0x00]));
  });

  void it('accepts a window of 128 MiB and refuses a larger one', async () => {
    assert.equal(await textOf('zstd', frameWithWindow(17 << 3)), '');
    for (const descriptor of [(17 << 3) | 1, 18 << 3, 31 << 3]) {
      const refused = collect(decompress(each(frameWithWindow(descriptor)), 'zstd'));
      await assert.rejects(refused, (error) => isHoldfastError(error, 'LIMIT_EXCEEDED'));
    }
  });
});

void describe('decompressing', () => {
  void it('takes no bytes for an empty stream', async () => {
    for (const compression of ['gzip', 'zstd', 'none'] as const) {
      assert.equal((await collect(decompress(each(), compression))).length, 0);
      assert.equal((await collect(decompress(each(new Uint8Array(), new Uint8Array()), compression))).length, 0);
    }
  });

  void it('gives back what was compressed, however the input is cut', async () => {
    const content = fc.array(fc.uint8Array({ maxLength: 5000 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1, max: 6000 }), async (parts, size) => {
        const gzip = Buffer.concat(parts.map((part) => gzipSync(part)));
        const zstd = Buffer.concat(parts.flatMap((part) => [skippableFrame(part.length % 9), zstdCompressSync(part)]));
        const expected = Buffer.concat(parts);
        assert.deepEqual(await collect(decompress(inChunks(gzip, size), 'gzip')), expected);
        assert.deepEqual(await collect(decompress(inChunks(zstd, size), 'zstd')), expected);
        assert.deepEqual(await collect(decompress(inChunks(expected, size), 'none')), expected);
      }),
      { numRuns: 60 },
    );
  });

  void it('never does anything but succeed or fail with one coded error', async () => {
    const seeds = [Buffer.concat([hello, world, zeros.subarray(0, 9)]), zstdFrame('hello'.repeat(50))];
    const mutation = fc.tuple(fc.nat(1), fc.nat(60), fc.nat(255), fc.integer({ min: 1, max: 40 }));
    await fc.assert(
      fc.asyncProperty(mutation, async ([which, at, byte, size]) => {
        const damaged = Buffer.from(seeds[which] ?? hello);
        damaged[at % damaged.length] = byte;
        const codec = which === 0 ? 'gzip' : 'zstd';
        await collect(decompress(inChunks(damaged, size), codec)).catch((error: unknown) => {
          assert.ok(isHoldfastError(error), String(error));
        });
      }),
      { numRuns: 300 },
    );
  });

  void it('gives chunks of a bounded size', async () => {
    const bomb = gzipSync(Buffer.alloc(20 * outputChunkBytes));
    let total = 0;
    for await (const chunk of decompress(each(bomb), 'gzip')) {
      assert.ok(chunk.length <= outputChunkBytes);
      total += chunk.length;
    }
    assert.equal(total, 20 * outputChunkBytes);
  });

  void it('ends the input when the consumer stops early', async () => {
    const noise = randomBytes(4_000_000);
    for (const [compression, bytes] of [
      ['gzip', gzipSync(noise)],
      ['zstd', zstdCompressSync(noise)],
      ['none', noise],
    ] as const) {
      let read = 0;
      let ended = false;
      async function* source(): AsyncGenerator<Uint8Array> {
        try {
          for await (const chunk of inChunks(bytes, 65_536)) {
            read += chunk.length;
            yield chunk;
          }
        } finally {
          ended = true;
        }
      }
      for await (const chunk of decompress(source(), compression)) if (chunk.length > 0) break;
      assert.equal(ended, true, compression);
      assert.ok(read < bytes.length, compression);
    }
  });

  void it('reads the input to its end, so that all of it can be hashed', async () => {
    let read = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      for (const chunk of [hello, zeros, zeros, zeros]) {
        read += chunk.length;
        yield chunk;
      }
    }
    await collect(decompress(source(), 'gzip'));
    assert.equal(read, hello.length + 4500);
  });

  void it('passes an error of the input on as it is', async () => {
    const failure = new Error('the disk is gone');
    async function* source(): AsyncGenerator<Uint8Array> {
      yield hello.subarray(0, 8);
      throw failure;
    }
    for (const compression of ['gzip', 'none'] as const) {
      await assert.rejects(collect(decompress(source(), compression)), (error) => error === failure);
    }
  });
});

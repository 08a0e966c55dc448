import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { spawnSync } from 'node:child_process';
import { suite, test } from 'node:test';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { isHoldfastError } from '../../src/base/index.ts';
import { compress, type CompressOptions, type Compression, decompress } from '../../src/codec/index.ts';

const megabyte = 1024 * 1024;
/** Compressible, and different at every place. */
const text = Buffer.from(Array.from({ length: 2_500_000 }, (_, at) => (at * 7919).toString(36)).join('\n')).subarray(
  0,
  13 * megabyte,
);
const noise = Buffer.concat(
  Array.from({ length: 70_000 }, (_, at) => createHash('sha256').update(String(at)).digest()),
);

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function compressed(bytes: Buffer, options: CompressOptions, size = megabyte): Promise<Buffer> {
  return collected(compress(inPieces(bytes, size), options));
}

async function collected(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const chunk of chunks) parts.push(Buffer.from(chunk));
  return Buffer.concat(parts);
}

const inflate = { gzip: gunzipSync, zstd: zstdDecompressSync, none: (bytes: Buffer) => bytes };
const samples = {
  nothing: Buffer.alloc(0),
  'one byte': Buffer.from('x'),
  'exactly one block': text.subarray(0, megabyte),
  'one byte more than a block': text.subarray(0, megabyte + 1),
  text: text,
  noise: noise,
};

for (const compression of ['gzip', 'zstd', 'none'] as const satisfies Compression[]) {
  void suite(`compressing with ${compression}`, () => {
    for (const [what, bytes] of Object.entries(samples)) {
      void test(`gives ${what} back`, async () => {
        const blob = await compressed(bytes, { compression });
        assert.ok(inflate[compression](blob).equals(bytes));
        assert.ok((await collected(decompress(inPieces(blob, 777_777), compression))).equals(bytes));
      });
    }

    void test('gives the same bytes however the stream is cut and however many threads there are', async () => {
      const blob = await compressed(text, { compression, jobs: 1 });
      assert.ok((await compressed(text, { compression, jobs: 7 })).equals(blob));
      assert.ok((await compressed(text, { compression, jobs: 2 }, 333_333)).equals(blob));
    });

    void test('gives the failure of the stream', async () => {
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield text;
        await Promise.resolve();
        throw new Error('gone');
      };
      await assert.rejects(collected(compress(failing(), { compression })), /gone/);
    });

    void test('ends the stream when the receiver wants no more', async () => {
      let isEnded = false;
      const endless = async function* (): AsyncGenerator<Uint8Array> {
        try {
          for (;;) yield text;
        } finally {
          isEnded = true;
        }
      };
      for await (const chunk of compress(endless(), { compression })) if (chunk.length > 0) break;
      assert.ok(isEnded);
    });
  });
}

void suite('the seams between blocks', () => {
  void test('cost next to nothing', async () => {
    const [blob, whole] = [
      await compressed(text, { compression: 'gzip' }),
      spawnSync('gzip', ['-6nc'], { input: text, maxBuffer: 1024 ** 3 }),
    ];
    assert.equal(whole.status, 0);
    assert.ok(blob.length < whole.stdout.length * 1.02, `${blob.length} bytes, gzip makes ${whole.stdout.length}`);
  });

  for (const compression of ['gzip', 'zstd'] as const) {
    void test(`are nothing to ${compression} itself`, async (t) => {
      const input = await compressed(text, { compression });
      const { stdout, error } = spawnSync(compression, ['-dc'], { input, maxBuffer: 1024 ** 3 });
      if (error) t.skip(`${compression} is not installed`);
      else assert.ok(stdout.equals(text));
    });
  }
});

void suite('a level', () => {
  void test('changes what the stream costs', async () => {
    const [fast, best] = await Promise.all([1, 9].map((level) => compressed(text, { compression: 'gzip', level })));
    assert.ok((best?.length ?? 0) < (fast?.length ?? 0));
    const [quick, good] = await Promise.all(
      [1, 12].map((level) => compressed(text.subarray(0, megabyte), { compression: 'zstd', level })),
    );
    assert.ok((good?.length ?? 0) < (quick?.length ?? 0));
  });

  for (const [compression, level] of [
    ['gzip', 0],
    ['gzip', 10],
    ['zstd', 20],
    ['zstd', 1.5],
    ['gzip', Number.NaN],
  ] as const) {
    void test(`${level} is none of ${compression}`, async () => {
      await assert.rejects(compressed(noise, { compression, level }), (error) => isHoldfastError(error, 'USAGE'));
    });
  }
});

void test('a gzip header says nothing but gzip', async () => {
  const blob = await compressed(text, { compression: 'gzip' });
  assert.equal(blob.subarray(0, 10).toString('hex'), '1f8b08000000000000ff');
});

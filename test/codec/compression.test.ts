import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressionOfMediaType, detectCompression, sniffCompression } from '../../src/codec/index.ts';
import { collect, inChunks, skippableFrame } from './streams.ts';

void describe('detecting compression', () => {
  void it('tells gzip, zstd and neither by the first bytes', () => {
    assert.equal(detectCompression(gzipSync('x')), 'gzip');
    assert.equal(detectCompression(zstdCompressSync('x')), 'zstd');
    assert.equal(detectCompression(Buffer.from('bin/\0\0\0')), 'none');
    assert.equal(detectCompression(new Uint8Array()), 'none');
    assert.equal(detectCompression(Uint8Array.of(0x1f, 0x8b)), 'none');
  });

  void it('takes any skippable frame for zstd', () => {
    for (const nibble of [0, 7, 15]) assert.equal(detectCompression(skippableFrame(3, nibble)), 'zstd');
  });

  void it('reads the claim of a media type from its suffix', () => {
    assert.equal(compressionOfMediaType('application/vnd.oci.image.layer.v1.tar+gzip'), 'gzip');
    assert.equal(compressionOfMediaType('application/vnd.oci.image.layer.v1.tar+zstd'), 'zstd');
    assert.equal(compressionOfMediaType('application/vnd.oci.image.layer.v1.tar'), 'none');
    assert.equal(compressionOfMediaType('application/vnd.docker.image.rootfs.diff.tar.gzip'), 'gzip');
    assert.equal(compressionOfMediaType('application/octet-stream'), undefined);
  });

  void it('hands a sniffed stream back whole, whatever its chunks', async () => {
    const bytes = gzipSync('some text');
    for (const size of [1, 3, 1000]) {
      const sniffed = await sniffCompression(inChunks(bytes, size));
      assert.equal(sniffed.compression, 'gzip');
      assert.deepEqual(await collect(sniffed.chunks), bytes);
    }
    const empty = await sniffCompression(inChunks(new Uint8Array()));
    assert.equal(empty.compression, 'none');
    assert.equal((await collect(empty.chunks)).length, 0);
  });

  void it('ends the source of a sniffed stream that is not read to its end', async () => {
    let ended = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield Buffer.alloc(10);
      } finally {
        ended = true;
      }
    }
    const sniffed = await sniffCompression(source());
    for await (const chunk of sniffed.chunks) if (chunk.length > 0) break;
    assert.equal(ended, true);
  });
});

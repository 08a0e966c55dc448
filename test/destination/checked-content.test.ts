import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { checkedContent } from '../../src/destination/checked-content.ts';
import { sha256Of } from '../../src/testing/index.ts';
import { failsWith } from '../image/scratch.ts';
import { contentOf } from './scratch.ts';

const mediaType = 'application/octet-stream';

function descriptorOf(bytes: Uint8Array) {
  return { mediaType, digest: sha256Of(bytes), size: bytes.length };
}

async function read(chunks: AsyncIterable<Uint8Array>, most = Infinity): Promise<Buffer> {
  const all: Buffer[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    all.push(Buffer.from(chunk));
    size += chunk.length;
    if (size >= most) break;
  }
  return Buffer.concat(all);
}

void describe('content that is checked', () => {
  void it('is the same from any position, in any number of attempts', async () => {
    const sizes = fc.uint8Array({ maxLength: 3000 });
    const attempts = fc.array(fc.tuple(fc.nat(3000), fc.nat(3000)), { maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(sizes, attempts, async (bytes, attempts) => {
        const checked = checkedContent(descriptorOf(bytes), contentOf(bytes, 700));
        for (const [start, most] of attempts) {
          const position = Math.min(start, bytes.length);
          const part = await read(checked.open(position), most);
          assert.deepEqual(part, Buffer.from(bytes.subarray(position, position + part.length)));
        }
        assert.deepEqual(await read(checked.open(0)), Buffer.from(bytes));
      }),
      { numRuns: 60 },
    );
  });

  void it('is never given out whole when it is wrong', async () => {
    const bytes = Buffer.alloc(5000, 'right');
    for (const position of [0, 2500, 4999]) {
      const wrong = Buffer.from(bytes);
      wrong[position] = 0;
      const checked = checkedContent(descriptorOf(bytes), contentOf(wrong, 1000));
      for (const start of [0, 4000, 0]) {
        let given = start;
        const reading = (async () => {
          for await (const chunk of checked.open(start)) given += chunk.length;
        })();
        await failsWith('DIGEST_MISMATCH', reading);
        assert.equal(given, 4000);
      }
    }
  });

  void it('may be empty', async () => {
    const empty = Buffer.alloc(0);
    assert.equal((await read(checkedContent(descriptorOf(empty), contentOf(empty)).open(0))).length, 0);
    const lie = { ...descriptorOf(Buffer.from('x')), size: 0 };
    await failsWith('DIGEST_MISMATCH', read(checkedContent(lie, contentOf(empty)).open(0)));
  });
});

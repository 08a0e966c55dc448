import type { OpenBody } from '../layer/index.ts';
import type { Inode } from '../tree/index.ts';

const zeros = new Uint8Array(1024 * 1024);

/** The content of a sparse file with its holes read as zeros. */
export async function* denseBody(inode: Inode, open: OpenBody): AsyncGenerator<Uint8Array> {
  const runs = [...(inode.sparse ?? [])].reverse();
  let at = 0;
  let left = 0;
  for await (let part of open(inode)) {
    while (part.length > 0) {
      if (left === 0) {
        const run = runs.pop();
        if (run === undefined) break;
        yield* hole(run.offset - at);
        at = run.offset;
        left = run.size;
        continue;
      }
      const some = part.subarray(0, left);
      yield some;
      at += some.length;
      left -= some.length;
      part = part.subarray(some.length);
    }
  }
  yield* hole(inode.size - at);
}

function* hole(size: number): Generator<Uint8Array> {
  for (let rest = size; rest > 0; rest -= zeros.length) yield zeros.subarray(0, Math.min(rest, zeros.length));
}

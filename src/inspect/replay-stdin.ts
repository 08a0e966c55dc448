/** An archive on stdin that is opened more than once. */
import fs from 'node:fs';
import os from 'node:os';
import { defaultLimits, HoldfastError, limitFlags } from '../base/index.ts';
import { openUnnamedFile } from '../host/index.ts';
import type { OpenOptions } from '../image/index.ts';
import { writeFully } from '../layer/index.ts';
import { parseReference } from '../oci/index.ts';

export interface Replay extends Disposable {
  /** What to open the reference with: the same bytes each time. */
  options(): Pick<OpenOptions, 'stdin'>;
}

/**
 * Keeps what comes on stdin, where the reference names it; does nothing for any other reference.
 * @throws LIMIT_EXCEEDED, HOST_REFUSED, REFERENCE_INVALID
 */
export async function replayStdin(reference: string, options: OpenOptions): Promise<Replay> {
  const parsed = parseReference(reference);
  const { stdin } = options;
  if (!('path' in parsed) || parsed.transport === 'oci' || parsed.path !== '-') {
    return { options: () => (stdin === undefined ? {} : { stdin }), [Symbol.dispose]: () => {} };
  }
  const file = openUnnamedFile(os.tmpdir());
  const close = (): void => fs.closeSync(file);
  try {
    const size = await keep(stdin ?? process.stdin, file, options);
    return { options: () => ({ stdin: fromFile(file, size) }), [Symbol.dispose]: close };
  } catch (error) {
    close();
    throw error;
  }
}

async function keep(chunks: AsyncIterable<Uint8Array>, file: number, options: OpenOptions): Promise<number> {
  const { maxSizeBytes } = options.limits ?? defaultLimits;
  let size = 0;
  for await (const chunk of chunks) {
    options.signal?.throwIfAborted();
    writeFully(file, chunk, size);
    size += chunk.length;
    if (size <= maxSizeBytes) continue;
    const value = String(maxSizeBytes);
    throw new HoldfastError('LIMIT_EXCEEDED', { limit: 'bytes in an archive', flag: limitFlags.maxSizeBytes, value });
  }
  return size;
}

const chunkBytes = 1024 * 1024;

async function* fromFile(file: number, size: number): AsyncGenerator<Uint8Array> {
  for (let position = 0; position < size;) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, size - position));
    const count = fs.readSync(file, chunk, 0, chunk.length, position);
    if (count === 0) return;
    position += count;
    yield chunk.subarray(0, count);
  }
}

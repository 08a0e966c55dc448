/** Blobs on files as content that can be copied. */
import fs from 'node:fs';
import { type BlobContent, HoldfastError } from '../base/index.ts';
import { type OpenedFile, readFully } from './files.ts';

const chunkBytes = 1024 * 1024;

/** Content that is open; whoever asked for it closes it. */
export interface OpenedContent extends BlobContent, Disposable {
  /** To be told of what was wrong with it: what is kept to be used again, and is damaged, goes. */
  settle?(failure: unknown): Promise<void>;
}

/**
 * The bytes of an open file, which is closed with the content.
 * @param isImmutable whether nobody ever writes to the file
 */
export function contentOfFile(file: OpenedFile, isImmutable = false): OpenedContent {
  const { delivery } = file;
  return {
    size: file.size,
    ...(isWhole(file) ? { file: file.fd, isImmutable } : {}),
    open: (position) => readFrom(file, position),
    ...(delivery && { settle: (failure) => delivery.settle(failure) }),
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}

/** Not part of an archive, and not on its way. */
function isWhole({ fd, offset, size, delivery }: OpenedFile): boolean {
  return offset === 0 && delivery === undefined && fs.fstatSync(fd).size === size;
}

async function* readFrom(file: OpenedFile, start: number): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, file.size));
  for (let position = start; position < file.size;) {
    const wanted = buffer.subarray(0, Math.min(buffer.length, file.size - position));
    const count = readFully(file.fd, wanted, file.offset + position);
    if (count < wanted.length) {
      throw new HoldfastError('SIZE_MISMATCH', { expected: file.size, actual: position + count, what: 'a blob' });
    }
    yield wanted;
    position += count;
  }
}

/** One blob on its way in: a private file, hashed while it is written. */
import { createHash, type Hash } from 'node:crypto';
import fs from 'node:fs';
import { promisify } from 'node:util';
import {
  type Digest,
  type DigestAlgorithm,
  digestAlgorithm,
  digestHex,
  HoldfastError,
  isHoldfastError,
} from '../base/index.ts';
import { asRefused } from '../host/index.ts';
import type { UploadFile } from './upload-file.ts';

export interface Upload {
  readonly id: string;
  readonly repository: string;
  /** Bytes that have arrived. */
  readonly received: number;
  /** When something last happened to it, in milliseconds of performance.now(). */
  readonly lastUsed: number;
  /**
   * Appends a body. What has arrived when it breaks off stays; when it turns out longer or shorter than expected, nothing does.
   * @throws HOST_REFUSED, SIZE_MISMATCH, and what the body throws
   */
  append(body: AsyncIterable<Uint8Array>, expected: number | undefined): Promise<void>;
  /** @throws DIGEST_MISMATCH, HOST_REFUSED */
  verify(digest: Digest): Promise<void>;
  /** Makes the file durable and gives it its name. @throws HOST_REFUSED */
  moveTo(path: string): Promise<void>;
  /** Waits for a request that is still at it, which gives way, and holds off others until it is disposed of. */
  enter(giveWay: () => void): Promise<Disposable>;
  discard(): void;
}

const fsync = promisify(fs.fsync);
const ftruncate = promisify(fs.ftruncate);
const read = promisify(fs.read);
const writev = promisify(fs.writev);
/** What is written at once. Twice as much of each upload is in memory. */
const flushBytes = 256 * 1024;

export function createUpload(
  file: UploadFile,
  names: Pick<Upload, 'id' | 'repository'>,
  algorithm: DigestAlgorithm,
): Upload {
  const turns = createTurns();
  let hash = createHash(algorithm);
  let received = 0;
  let lastUsed = performance.now();
  let isReceiving = false;
  const rewind = async (position: number, before: Hash): Promise<void> => {
    await refusing('truncate', ftruncate(file.fd, position));
    received = position;
    hash = before;
  };
  return {
    ...names,
    get received() {
      return received;
    },
    get lastUsed() {
      return isReceiving ? performance.now() : lastUsed;
    },
    async append(body, expected) {
      const [start, before] = [received, hash.copy()];
      isReceiving = true;
      try {
        const appended = await appendTo(file.fd, { start, hash, body, expected });
        received = start + appended.bytes;
        if (appended.brokenOff !== undefined) throw appended.brokenOff.reason;
      } catch (error) {
        if (isHoldfastError(error)) await rewind(start, before);
        throw error;
      } finally {
        isReceiving = false;
        lastUsed = performance.now();
      }
    },
    async verify(digest) {
      const isHashed = digestAlgorithm(digest) === algorithm;
      const hex = isHashed ? hash.copy().digest('hex') : await hashFile(file.fd, digestAlgorithm(digest));
      if (hex === digestHex(digest)) return;
      const actual = `${digestAlgorithm(digest)}:${hex}`;
      throw new HoldfastError('DIGEST_MISMATCH', { expected: digest, actual, what: 'the uploaded blob' });
    },
    async moveTo(path) {
      await refusing('fsync', fsync(file.fd));
      file.moveTo(path);
    },
    enter: turns.enter,
    discard: () => file[Symbol.dispose](),
  };
}

interface Append {
  readonly start: number;
  readonly hash: Hash;
  readonly body: AsyncIterable<Uint8Array>;
  readonly expected: number | undefined;
}

interface Appended {
  readonly bytes: number;
  /** Why the sender did not finish. */
  readonly brokenOff: { readonly reason: unknown } | undefined;
}

/** Writes in large pieces, each while the next one is received and hashed. */
async function appendTo(handle: number, { start, hash, body, expected }: Append): Promise<Appended> {
  let bytes = 0;
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let writing: Promise<void> = Promise.resolve();
  const flush = async (): Promise<void> => {
    await writing;
    writing = refusing('write', writeAll(handle, pending, start + bytes - pendingBytes));
    // Whoever flushes next is told of a failure; nobody awaits it until then.
    writing.catch(() => undefined);
    [pending, pendingBytes] = [[], 0];
  };
  const receive = async (): Promise<void> => {
    for await (const chunk of body) {
      if (bytes + chunk.length > (expected ?? Infinity)) throw sizeMismatch(expected ?? 0, bytes + chunk.length);
      hash.update(chunk);
      bytes += chunk.length;
      pending.push(chunk);
      pendingBytes += chunk.length;
      if (pendingBytes >= flushBytes) await flush();
    }
    if (bytes !== (expected ?? bytes)) throw sizeMismatch(expected ?? 0, bytes);
  };
  const brokenOff = await receive().then(
    () => undefined,
    (reason: unknown) => ({ reason }),
  );
  await flush();
  await writing;
  return { bytes, brokenOff };
}

async function writeAll(handle: number, chunks: readonly Uint8Array[], position: number): Promise<void> {
  let rest = [...chunks];
  let at = position;
  while (rest.length > 0) {
    const { bytesWritten } = await writev(handle, rest, at);
    at += bytesWritten;
    rest = without(rest, bytesWritten);
  }
}

/** What remains of chunks once so many bytes of them are written. */
function without(chunks: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let left = bytes;
  return chunks.flatMap((chunk) => {
    const skipped = Math.min(left, chunk.length);
    left -= skipped;
    return skipped === chunk.length ? [] : [chunk.subarray(skipped)];
  });
}

async function hashFile(handle: number, algorithm: DigestAlgorithm): Promise<string> {
  const hash = createHash(algorithm);
  const buffer = Buffer.allocUnsafe(flushBytes);
  for (let position = 0; ;) {
    const { bytesRead } = await refusing('read', read(handle, buffer, 0, buffer.length, position));
    if (bytesRead === 0) return hash.digest('hex');
    hash.update(buffer.subarray(0, bytesRead));
    position += bytesRead;
  }
}

/** Requests on one upload, one after the other. */
function createTurns(): { enter: Upload['enter'] } {
  let last: Promise<void> = Promise.resolve();
  let interrupt = (): void => undefined;
  return {
    async enter(giveWay) {
      const [before, interruptBefore] = [last, interrupt];
      const { promise, resolve } = Promise.withResolvers<void>();
      last = promise;
      interrupt = giveWay;
      interruptBefore();
      await before;
      return {
        [Symbol.dispose]: () => {
          if (interrupt === giveWay) interrupt = () => undefined;
          resolve();
        },
      };
    },
  };
}

function sizeMismatch(expected: number, actual: number): HoldfastError {
  return new HoldfastError('SIZE_MISMATCH', { expected, actual, what: 'the body' });
}

async function refusing<Result>(operation: string, call: Promise<Result>): Promise<Result> {
  try {
    return await call;
  } catch (error) {
    throw asRefused(operation, 'an upload', error);
  }
}

/** An archive straight into a Docker Engine. */
import { PassThrough } from 'node:stream';
import { HoldfastError } from '../base/index.ts';
import type { Daemon } from '../daemon/index.ts';
import type { ArchiveOutput } from './archive-output.ts';

const heldBytes = 1024 * 1024;

/**
 * The upload begins with the first byte. The daemon looks for the image when it has everything; given up before, it has
 * an archive without an end and drops it.
 */
export function daemonOutput(daemon: Daemon, signal: AbortSignal | undefined): ArchiveOutput {
  const pipe = new PassThrough({ highWaterMark: heldBytes });
  // Whoever writes or waits for the daemon is told.
  pipe.on('error', () => undefined);
  let loading: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    const started = daemon.loadImage(pipe, { signal });
    started.catch((error: unknown) => pipe.destroy(asError(error)));
    return started;
  };
  return {
    write: async (bytes) => {
      loading ??= begin();
      try {
        await written(pipe, Buffer.from(bytes));
      } catch (error) {
        // The daemon does not take any more, and most often says why.
        await loading;
        throw error;
      }
    },
    publish: async () => {
      pipe.end();
      await loading;
    },
    [Symbol.asyncDispose]: async () => {
      pipe.destroy(asError(undefined));
      await loading?.catch(() => undefined);
    },
  };
}

/** Resolves when the bytes are on their way, or soon will be. */
function written(pipe: PassThrough, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    pipe.write(bytes, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  return new HoldfastError('BUG', { message: 'the archive was given up' });
}

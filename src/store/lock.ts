/** Locks that end with the process that holds them, whatever ends it. */
import { setTimeout as delay } from 'node:timers/promises';
import { HoldfastError } from '../base/index.ts';
import { host } from '../host/index.ts';
import type { Directory, OpenFile } from './directory.ts';
import { takeOwnership } from './owner.ts';

/** Longest pause between two looks at a lock, in milliseconds. */
const longestPause = 25;
/** How long a lock that is held for moments only is waited for where waiting blocks the thread, in milliseconds. */
const patience = 30_000;

/**
 * Locks a file, which is made where it is absent; undefined while another open file has the lock. Disposing unlocks.
 * The lock counts only once the name still leads to what was locked, for a file may get another name or none.
 *
 * Where there is no flock(2), a file `NAME.owner` that names the process stands for the lock.
 * @throws STORE_INVALID, HOST_REFUSED
 */
export function tryLock(directory: Directory, name: string): OpenFile | undefined {
  for (;;) {
    const file = directory.openToWrite(name);
    const lock = lockOpen(directory, name, file);
    if (lock === undefined) {
      file[Symbol.dispose]();
      return undefined;
    }
    if (directory.leadsTo(name, file.fd)) return lock;
    lock[Symbol.dispose]();
  }
}

/** Waits for a lock. @throws as {@link tryLock}, and the reason of the signal */
export async function lock(directory: Directory, name: string, signal?: AbortSignal): Promise<OpenFile> {
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    const held = tryLock(directory, name);
    if (held !== undefined) return held;
    await pause(pauseAfter(attempt), signal);
  }
}

/** Waits for a lock that is never held for long. @throws as {@link tryLock}, STORE_BUSY after half a minute */
export function lockNow(directory: Directory, name: string): OpenFile {
  const deadline = Date.now() + patience;
  for (let attempt = 0; ; attempt++) {
    const held = tryLock(directory, name);
    if (held !== undefined) return held;
    if (Date.now() > deadline) throw busy(directory, name);
    Atomics.wait(sleeper, 0, 0, pauseAfter(attempt));
  }
}

/** @throws the reason of the signal */
export async function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** At random, so that those who wait do not come all at once. */
function pauseAfter(attempt: number): number {
  return Math.min(longestPause, 1 + attempt) * (0.5 + Math.random());
}

function lockOpen(directory: Directory, name: string, file: OpenFile): OpenFile | undefined {
  const outcome = host.tryLock(file.fd);
  if (outcome === 'held') return undefined;
  if (outcome === 'locked') return file;
  const owner = takeOwnership(directory, `${name}.owner`);
  if (owner === undefined) return undefined;
  const release = (): void => {
    owner[Symbol.dispose]();
    file[Symbol.dispose]();
  };
  return { fd: file.fd, size: file.size, [Symbol.dispose]: release };
}

function busy(directory: Directory, name: string): HoldfastError {
  const reason = `another process has held ${name} for ${patience / 1000} seconds`;
  return new HoldfastError('STORE_BUSY', { directory: directory.path, reason });
}

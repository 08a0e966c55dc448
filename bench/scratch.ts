/** A private directory for everything the bench writes, removed however it ends. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Scratch extends Disposable {
  /** The path of a name inside, which need not exist. */
  readonly path: (name: string) => string;
  /** An absent path: what stood there is removed. */
  readonly absent: (name: string) => string;
  /** An empty directory: what stood there is removed. */
  readonly empty: (name: string) => string;
}

/** In memory, where the machine has `/dev/shm`: a disk would measure itself. */
export function memoryScratch(): Scratch {
  return scratchIn(process.platform === 'linux' ? '/dev/shm' : tmpdir());
}

/** On disk, for images too large to hold in memory with what is unpacked from them. */
export function diskScratch(): Scratch {
  return scratchIn(process.platform === 'linux' ? '/var/tmp' : tmpdir());
}

function scratchIn(parent: string): Scratch {
  const root = mkdtempSync(join(parent, 'holdfast-bench-'));
  const path = (name: string): string => join(root, name);
  const absent = (name: string): string => {
    rmSync(path(name), { recursive: true, force: true });
    return path(name);
  };
  const empty = (name: string): string => {
    mkdirSync(absent(name));
    return path(name);
  };
  return { path, absent, empty, [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true, maxRetries: 5 }) };
}

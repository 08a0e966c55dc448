/** Overlay mounts of layer directories, as container runtimes make them. */
import fs from 'node:fs';
import { run } from './programs.ts';
import { withPath } from './scratch.ts';

/** Runs with the directories mounted over each other, top first, read-only. */
export async function withOverlay<T>(directories: readonly string[], use: (merged: string) => Promise<T>): Promise<T> {
  return withPath((empty) =>
    withPath(async (merged) => {
      fs.mkdirSync(empty);
      fs.mkdirSync(merged);
      // A mount without an upper directory needs two lower ones.
      run('mount', '-t', 'overlay', 'overlay', '-o', `ro,lowerdir=${[...directories, empty].join(':')}`, merged);
      try {
        return await use(merged);
      } finally {
        run('umount', merged);
      }
    }),
  );
}

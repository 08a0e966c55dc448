/** The store that every command of a user shares. */
import os from 'node:os';
import path from 'node:path';
import type { LayoutStore } from './layout-store.ts';
import { openLayoutStore } from './open-layout-store.ts';

/**
 * Where it is: `HOLDFAST_STORE`, else below `XDG_DATA_HOME`, else below `~/.local/share`. A relative `XDG_DATA_HOME` does
 * not count (XDG Base Directory Specification).
 */
export function localStoreDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const chosen = env['HOLDFAST_STORE'];
  if (chosen) return path.resolve(chosen);
  const configured = env['XDG_DATA_HOME'];
  const home = env['HOME'] || os.homedir();
  const base = configured && path.isAbsolute(configured) ? configured : path.join(home, '.local', 'share');
  return path.join(base, 'holdfast', 'store');
}

/**
 * Opens the store that every command of a user shares. Where it is absent it is made, for its owner only. As long as it is
 * open, nothing that it was asked for is removed by any process.
 *
 * @param env the process's own unless given
 * @throws STORE_INVALID for a directory that is something else, STORE_BUSY, HOST_REFUSED
 */
export function openLocalStore(env?: NodeJS.ProcessEnv): LayoutStore {
  return openLayoutStore(localStoreDirectory(env), { create: true, mode: 0o700 });
}

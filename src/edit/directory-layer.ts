/** A directory as a layer: everything in it, exactly, at the root of the image. */
import fs from 'node:fs';
import { HoldfastError, toDisplayText } from '../base/index.ts';
import { asRefused, host } from '../host/index.ts';
import type { OpenBody } from '../layer/index.ts';
import { refuseLossyDirectory } from '../record/index.ts';
import { type LiveTree, scanDirectory, type ScanOptions } from '../scan/index.ts';
import { diffTrees, emptyTree, layerPlan, type PlannedEntry } from '../tree/index.ts';

/** Disposing closes the directory. */
export interface DirectoryLayer extends Disposable {
  readonly plan: readonly PlannedEntry[];
  /** For one writer. */
  readonly open: OpenBody;
  /** What no archive can hold. */
  readonly sockets: readonly string[];
}

const chunkBytes = 1024 * 1024;

/**
 * The directory itself is no part of it: its owner and mode are those of whoever put it together, and the image has a root.
 * @throws RECORD_UNUSABLE, HOST_REFUSED for what cannot be read or goes away meanwhile, NAME_IS_MARKER, LIMIT_EXCEEDED
 */
export async function directoryLayer(directory: string, options: ScanOptions): Promise<DirectoryLayer> {
  const live = await scanDirectory(directory, { ...options, crossMounts: true });
  try {
    refuseLossyDirectory(fs.realpathSync(directory));
    const plan = layerPlan(emptyTree, live.tree, diffTrees(emptyTree, live.tree, { sameContent: () => false }));
    return {
      plan: plan.filter(({ path }) => path !== ''),
      open: liveBodies(live),
      sockets: requireAll(live, directory),
      [Symbol.dispose]: () => live[Symbol.dispose](),
    };
  } catch (error) {
    live[Symbol.dispose]();
    throw error;
  }
}

/** A layer that lacks something would look like one that does not. */
function requireAll({ problems }: LiveTree, directory: string): string[] {
  return problems.flatMap((problem) => {
    if (problem.kind === 'mount') return [];
    const path = toDisplayText(problem.path);
    if (problem.kind === 'socket') return [path];
    const errno = problem.kind === 'unreadable' ? problem.errno : 'ENOENT';
    throw new HoldfastError('HOST_REFUSED', { operation: 'read', path: `${directory}/${path}`, errno });
  });
}

function liveBodies(live: LiveTree): OpenBody {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  return function* (inode) {
    const file = live.open(inode);
    try {
      for (;;) {
        const count = readNext(file, buffer);
        if (count === 0) return;
        yield buffer.subarray(0, count);
      }
    } finally {
      host.close(file);
    }
  };
}

function readNext(file: number, buffer: Buffer): number {
  try {
    return fs.readSync(file, buffer, 0, buffer.length, null);
  } catch (error) {
    throw asRefused('read', 'a file of the directory', error);
  }
}

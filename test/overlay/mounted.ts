/** Overlay file systems, mounted for real. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { likeBelow } from '../../src/overlay/index.ts';
import { run } from '../differential/programs.ts';

export interface Mounted {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
  readonly merged: string;
  readonly at: (name: string) => string;
  /** Unmounts and mounts again, so that nothing of what is shown is only remembered; `change` comes in between. */
  readonly remount: (change?: () => void) => void;
}

/** Why no overlay can be mounted here; false where it can. */
export const cannotMountOverlay = whyNot();

function whyNot(): string | false {
  const script =
    'd=$(mktemp -d) && cd "$d" && mkdir l u w m && mount -t overlay overlay -o lowerdir=l,upperdir=u,workdir=w m; s=$?; umount m 2>/dev/null; cd /; rm -r "$d"; exit $s';
  const tried = spawnSync('sh', ['-c', script], { encoding: 'utf8' });
  return tried.status === 0 ? false : `no overlay can be mounted here: ${tried.stderr.trim()}`;
}

/**
 * Runs with an overlay over the `lower` that stands in a directory.
 * @param options such as `redirect_dir=on`
 * @param above where the upper directory is to be; beside the lower one unless told otherwise
 */
export async function withMounted<T>(
  directory: string,
  options: readonly string[],
  use: (mounted: Mounted) => Promise<T>,
  above: string = directory,
): Promise<T> {
  const [lower, merged] = [path.join(directory, 'lower'), path.join(directory, 'merged')];
  const [upper, work] = [path.join(above, 'upper'), path.join(above, 'work')];
  for (const made of [upper, work, merged]) fs.mkdirSync(made);
  likeRoot(lower, upper);
  const all = [`lowerdir=${lower}`, `upperdir=${upper}`, `workdir=${work}`, ...options];
  const mount = (): string => run('mount', '-t', 'overlay', 'overlay', '-o', all.join(','), merged);
  const remount = (change?: () => void): void => {
    run('umount', merged);
    change?.();
    mount();
  };
  mount();
  try {
    return await use({ lower, upper, work, merged, at: (name) => path.join(merged, name), remount });
  } finally {
    run('umount', merged);
  }
}

/** A mount shows the attributes of the upper root. */
function likeRoot(lower: string, upper: string): void {
  const [from, to] = [fs.openSync(lower, 'r'), fs.openSync(upper, 'r')];
  likeBelow(from, to);
  fs.closeSync(from);
  fs.closeSync(to);
}

/** Both ways to look at a directory, as whoever runs this: `walk-driver.ts DIRECTORY`. Prints what differs. */
import { host } from '../../src/host/index.ts';
import { openRoot, scanDirectory, walkDirectory, type WalkDirectoryOptions } from '../../src/scan/index.ts';
import { type Inode, joinPath, walk } from '../../src/tree/index.ts';
import type { ByteString } from '../../src/base/index.ts';

/** What a walk gives, and what a scan has found, in the same words. */
export interface BothWays {
  readonly walked: readonly string[];
  readonly scanned: readonly string[];
}

export async function bothWays(directory: string, options: WalkDirectoryOptions = {}): Promise<BothWays> {
  using live = await scanDirectory(directory, { crossMounts: options.crossMounts ?? false });
  const groups = new Map<Inode, string>();
  const scanned = [...walk(live.tree)].map(({ path, inode }) => {
    const first = groups.get(inode) ?? path;
    groups.set(inode, first);
    return described(path, inode, first);
  });
  const problems = live.problems.map((problem) => JSON.stringify(problem));
  return { walked: walkedLines(directory, options), scanned: [...scanned, ...problems] };
}

export function walkedLines(directory: string, options: WalkDirectoryOptions = {}): string[] {
  const root = openRoot(directory);
  const groups = new Map<string, ByteString>();
  const names: string[] = [];
  const problems: string[] = [];
  try {
    for (const { path, inode, problems: found } of walkDirectory(root, options)) {
      problems.push(...found.map((problem) => JSON.stringify(problem)));
      if (inode === undefined) continue;
      const first = inode.identity === undefined ? path : (groups.get(inode.identity) ?? path);
      if (inode.identity !== undefined) groups.set(inode.identity, first);
      names.push(described(path, inode, first));
    }
  } finally {
    host.close(root);
  }
  return [...names, ...problems];
}

type Described = Pick<Inode, 'kind' | 'mode' | 'uid' | 'gid' | 'mtime' | 'linkText' | 'xattrs' | 'device' | 'size'>;

function described(path: ByteString, inode: Described, first: string): string {
  const { kind, mode, uid, gid, mtime, linkText, xattrs = new Map(), device } = inode;
  const values = Array.from(xattrs, ([name, value]) => [name, Buffer.from(value as Uint8Array).toString('hex')]);
  const size = kind === 'file' ? inode.size : 0;
  return JSON.stringify([
    joinPath('.' as ByteString, path),
    kind,
    mode,
    uid,
    gid,
    mtime,
    linkText,
    values,
    device,
    size,
    first,
  ]);
}

if (process.argv[1] === import.meta.filename) console.log(JSON.stringify(await bothWays(process.argv[2] ?? '')));

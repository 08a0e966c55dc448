import type { ByteString } from '../base/index.ts';
import { type Inode, joinPath, type Tree } from '../tree/index.ts';

export interface NamedInode {
  readonly path: ByteString;
  readonly inode: Inode;
}

/** Every name of a tree in no particular order, which is far cheaper than walking it. */
export function* namedInodes({ root }: Tree): Generator<NamedInode> {
  const stack: NamedInode[] = [{ path: '' as ByteString, inode: root }];
  for (let entry = stack.pop(); entry !== undefined; entry = stack.pop()) {
    const { path, inode } = entry;
    for (const [name, child] of inode.children ?? []) stack.push({ path: joinPath(path, name), inode: child });
    yield entry;
  }
}

/** A whole tree as records. */
import { type Inode, type Tree, walk } from '../tree/index.ts';
import type { RecordedInode, TreeRecord } from './record.ts';

/** The records of a tree that is at hand, in the order of a walk. */
export function* treeRecords(tree: Tree): Generator<TreeRecord, void, undefined> {
  const links = new Map<Inode, string>();
  const linkOf = (inode: Inode): string | undefined => {
    if (!tree.linked.has(inode)) return undefined;
    const link = links.get(inode) ?? String(links.size + 1);
    links.set(inode, link);
    return link;
  };
  for (const { path, inode } of walk(tree)) yield { path, inode: recorded(inode, linkOf(inode)), problems: [] };
}

function recorded(inode: Inode, link: string | undefined): RecordedInode {
  const { kind, mode, uid, gid, mtime, linkText, xattrs, device } = inode;
  const size = kind === 'file' ? inode.size : 0;
  return { kind, mode, uid, gid, mtime, size, linkText, xattrs, device, link };
}

/** Causes of other kinds of things, and of lost attributes. */
import { type ByteString, fromText } from '../base/index.ts';
import type { Inode } from '../tree/index.ts';
import type { CauseRow } from './cause-row.ts';
import type { FaultKind } from './fault.ts';

const capabilities = fromText('security.capability');

export const otherCauses: readonly CauseRow[] = [
  {
    hazard: 'P18',
    text: 'the capabilities of the file were lost: kaniko, and the userspace converter of overlaybd, do not carry them over, and chown removes them',
    kinds: ['xattr'],
    explains: ({ image, tree }) =>
      image?.xattrs?.has(capabilities) === true && tree?.xattrs?.has(capabilities) !== true ? 'high' : undefined,
  },
  {
    hazard: 'P15',
    text: 'a layer replaces a directory by a symbolic link without a whiteout, and whatever unpacked it kept the directory',
    kinds: ['kind'],
    explains: ({ paths, image, tree }, { rows }) => {
      const [path = '' as ByteString] = paths;
      const wasDirectory = rows.entries(path).some(({ table, row }) => table.kind(row) === 'directory');
      return image?.kind === 'symlink' && tree?.kind === 'directory' && wasDirectory ? 'medium' : undefined;
    },
  },
  {
    hazard: 'P20',
    text: 'a symbolic link became a directory: something was copied or merged to a path through it and did not follow it, as Dagger and BuildKit do with MergeOp',
    kinds: ['kind'],
    explains: ({ image, tree }) => (image?.kind === 'symlink' && tree?.kind === 'directory' ? 'medium' : undefined),
  },
  {
    hazard: 'P29',
    text: 'a layer has something in this directory and does not list it: Docker and podman make it anew there, with 0755, root and their own time; holdfast fix lists it',
    kinds: ['mode', 'owner', 'mtime', 'xattr'],
    explains: ({ kind, paths, image, tree }, { rows }) => {
      const [path = '' as ByteString] = paths;
      if (image === undefined || tree === undefined || image.isImplied) return undefined;
      if (!isMadeAnew(kind, image, tree) || !rows.isUnlisted(path)) return undefined;
      return kind === 'mtime' ? 'medium' : 'high';
    },
  },
  {
    hazard: 'C32',
    text: 'device nodes are left out, by whoever may not make them or does not know how to',
    kinds: ['missing'],
    explains: ({ image }) => (image?.kind === 'char' || image?.kind === 'block' ? 'medium' : undefined),
  },
];

/** Whether a directory has what a new one has. Of a time that is no news where names came or went. */
function isMadeAnew(kind: FaultKind, image: Inode, tree: Inode): boolean {
  if (image.children === undefined || tree.children === undefined) return false;
  if (kind === 'mode') return tree.mode === 0o755;
  if (kind === 'owner') return tree.uid === 0 && tree.gid === 0;
  if (kind === 'xattr') return tree.xattrs === undefined;
  return tree.mtime.seconds > image.mtime.seconds && hasSameNames(image.children, tree.children);
}

function hasSameNames(a: ReadonlyMap<ByteString, Inode>, b: ReadonlyMap<ByteString, Inode>): boolean {
  return a.size === b.size && [...a.keys()].every((name) => b.has(name));
}

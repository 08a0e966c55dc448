import type { Image } from '../image/index.ts';
import { loadRootfs, type RootfsOptions } from '../rootfs/index.ts';
import { type Inode, inodes, walk } from '../tree/index.ts';
import type { Loss } from './losses.ts';

/**
 * Devices 0:0 of an image: an overlay takes them for names that are gone. The image was unpacked just now, so that no layer has
 * to be read again.
 */
export async function hiddenDevices(image: Image, options: RootfsOptions): Promise<Loss[]> {
  const { tree } = await loadRootfs(image, options);
  if (!inodes(tree).some(isHidden)) return [];
  const detail = 'c 0:0, which hides a name';
  const hidden = walk(tree).filter(({ inode }) => isHidden(inode));
  return Array.from(hidden, ({ path }) => ({ kind: 'device', path, detail }));
}

function isHidden({ kind, device: [major, minor] }: Inode): boolean {
  return kind === 'char' && major === 0 && minor === 0;
}

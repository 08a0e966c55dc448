/** Whether two looks are at one inode, or on one file system. */
import type { FileLook } from '../host/index.ts';

type Identity = Pick<FileLook, 'inodeLow' | 'inodeHigh' | 'deviceMajor' | 'deviceMinor'>;

export function isSame(a: Identity, b: Identity): boolean {
  return a.inodeLow === b.inodeLow && a.inodeHigh === b.inodeHigh && !isElsewhere(a, b);
}

type OnDevice = Pick<FileLook, 'deviceMajor' | 'deviceMinor'>;

export function isElsewhere(a: OnDevice, b: OnDevice): boolean {
  return a.deviceMajor !== b.deviceMajor || a.deviceMinor !== b.deviceMinor;
}

/** Mounting, which lasts longer than this process. */
import { constants } from 'node:os';
import type Koffi from 'koffi';
import { fromJsonText, HoldfastError, toBytes } from '../base/index.ts';
import { findKoffi } from './koffi.ts';

const MNT_DETACH = 2;
const UMOUNT_NOFOLLOW = 8;
const names = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

export interface OverlayDirectories {
  readonly lower: string;
  readonly upper: string;
  readonly work: string;
}

/** The options of a mount in one text, as mount(8) takes them behind -o. */
export function overlayData({ lower, upper, work }: OverlayDirectories, options: readonly string[]): string {
  const directories = [`lowerdir=${escaped(lower, true)}`, `upperdir=${escaped(upper)}`, `workdir=${escaped(work)}`];
  return [...directories, ...options].join(',');
}

/**
 * Mounts an overlay file system.
 * @param target an open directory
 * @param options such as `redirect_dir=on`
 * @throws MOUNT_REFUSED
 */
export function mountOverlay(target: number, directories: OverlayDirectories, options: readonly string[]): void {
  const koffi = koffiOr('mount an overlay');
  const mount = koffi
    .load(null)
    .func('int mount(const void *, const void *, const void *, unsigned long, const void *)');
  const at = text(`/proc/self/fd/${target}`);
  const done: unknown = mount(text('overlay'), at, text('overlay'), 0, text(overlayData(directories, options)));
  if (done !== 0) throw refusal('mount an overlay', koffi);
}

/**
 * Takes away what is mounted on a directory, also while somebody uses it.
 * @throws MOUNT_REFUSED
 */
export function unmount(target: string): void {
  const koffi = koffiOr('unmount');
  const umount = koffi.load(null).func('int umount2(const void *, int)');
  const done: unknown = umount(text(target), MNT_DETACH | UMOUNT_NOFOLLOW);
  if (done !== 0) throw refusal('unmount', koffi);
}

/** Commas end options, and colons end lower directories. */
function escaped(path: string, isList = false): string {
  return path.replaceAll(isList ? /[\\,:]/g : /[\\,]/g, String.raw`\$&`);
}

function text(value: string): Buffer {
  return Buffer.concat([toBytes(fromJsonText(value)), Buffer.alloc(1)]);
}

function koffiOr(operation: string): typeof Koffi {
  const koffi = findKoffi();
  if (koffi) return koffi;
  throw new HoldfastError('MOUNT_REFUSED', { operation, errno: 'ENOSYS' });
}

function refusal(operation: string, koffi: typeof Koffi): HoldfastError {
  const errno = koffi.errno();
  return new HoldfastError('MOUNT_REFUSED', { operation, errno: names.get(errno) ?? `errno ${errno}` });
}

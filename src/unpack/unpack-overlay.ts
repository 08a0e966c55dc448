/** `unpack --overlay`: the image below, an empty directory above, and what the kernel shows of both in the directory. */
import fs from 'node:fs';
import path from 'node:path';
import { type ByteString, fromJsonText, HoldfastError, toJsonText } from '../base/index.ts';
import {
  errnoOf,
  host,
  makePrivateDirectory,
  mountOverlay,
  overlayData,
  type OverlayDirectories,
  type PrivateFile,
  removeLeftovers,
  removeTree,
  unmount,
} from '../host/index.ts';
import type { Image } from '../image/index.ts';
import { likeBelow, type MarkNamespace, readSetup, setupDirectory, setupParts, writeHead } from '../overlay/index.ts';
import { hiddenDevices } from './hidden-devices.ts';
import { refuseLosses } from './losses.ts';
import { checkEmpty, openTarget, type Target } from './target.ts';
import { unpack, type UnpackOptions, type UnpackResult } from './unpack.ts';

export interface UnpackOverlayResult extends UnpackResult {
  readonly overlay: OverlayDirectories;
}

const { O_RDONLY, O_DIRECTORY } = fs.constants;
const parts = ['lower', 'upper', 'work'] as ByteString[];

/**
 * Unpacks an image and mounts an overlay over it, so that whatever is done in the directory goes into a directory of its own,
 * and `snapshot` and `commit` read nothing else. The directories of the mount stand beside, in `.NAME.holdfast-overlay`.
 * @throws MOUNT_REFUSED, before anything is unpacked, HOST_LOSS for devices 0:0, too, which an overlay hides, USAGE for options that do not go with it, TARGET_OCCUPIED, and the codes of {@link unpack}
 */
export async function unpackOverlay(
  image: Image,
  directory: string,
  options: UnpackOptions = {},
): Promise<UnpackOverlayResult> {
  refuseOptions(options);
  const setup = setupDirectory(path.resolve(directory));
  if (fs.existsSync(setup)) throw alreadySetUp(directory, setup);
  using target = openTarget(directory);
  requireOwnPlace(target);
  removeLeftovers(target.parent, target.name);
  using staging = makePrivateDirectory(target.parent, target.name);
  const staged = path.join(path.dirname(setup), toJsonText(staging.name));
  const { lower } = setupParts(staged);
  const namespace = tryMount(staging, staged);
  const { losses, ...result } = await unpack(image, lower, options);
  const hidden = await hiddenDevices(image, options);
  refuseLosses(hidden, options.allowLossy ?? false);
  makeUpper(staging.handle);
  const { digest, layers, reference } = result;
  const { onConflict = 'replace', uidMap = [], gidMap = [] } = options;
  const kept = { isExact: isExact({ ...result, losses }, options), uidMap, gidMap };
  writeHead(staged, { digest, layers, reference, onConflict, namespace, ...kept });
  publish(target, staging, setup, namespace);
  const record = result.record === undefined ? {} : { record: path.join(setup, path.basename(result.record)) };
  return { ...result, losses: [...losses, ...hidden], directory, ...record, overlay: setupParts(setup) };
}

function refuseOptions({ hostXattrs, include = [], exclude = [] }: UnpackOptions): void {
  if (include.length + exclude.length > 0) {
    const message =
      'what is below an overlay has to be the whole image: --include and --exclude do not go with --overlay';
    throw new HoldfastError('USAGE', { message });
  }
  if (hostXattrs !== true) return;
  const message =
    'the kernel takes some xattrs of the host for marks of its own: --host-xattrs does not go with --overlay';
  throw new HoldfastError('USAGE', { message });
}

function requireOwnPlace({ place, displayPath, name }: Target): void {
  if (place === 'beside' && name !== '') return;
  const reason = 'is a mount point, or its parent cannot be written to';
  throw new HoldfastError('TARGET_OCCUPIED', { path: displayPath, reason });
}

function alreadySetUp(displayPath: string, setup: string): HoldfastError {
  const reason = `is set up as an overlay already, with its changes in ${setup}`;
  const namespace = readSetup(path.resolve(displayPath))?.head.namespace;
  const options = namespace && overlayData(setupParts(setup), mountOptions(namespace));
  const mount = options && `; to go on: mount -t overlay overlay -o '${options}' ${displayPath}`;
  const hint = `to begin anew: umount ${displayPath}; rm -r ${setup}${mount ?? ''}`;
  return new HoldfastError('TARGET_OCCUPIED', { path: displayPath, reason, hint });
}

/** Whether an overlay can be mounted here at all, before gigabytes are unpacked for it; and where its marks go. */
function tryMount(staging: PrivateFile, staged: string): MarkNamespace {
  const trial = 'trial' as ByteString;
  host.makeDirectory(staging.handle, trial, 0o700);
  using directory = opened(staging.handle, trial);
  for (const name of [...parts, 'point' as ByteString]) host.makeDirectory(directory.handle, name, 0o700);
  using point = opened(directory.handle, 'point' as ByteString);
  using upper = opened(directory.handle, 'upper' as ByteString);
  const namespace = namespaceFor(upper.handle);
  const at = path.join(staged, trial);
  mountOverlay(point.handle, setupParts(at), mountOptions(namespace));
  unmount(path.join(at, 'point'));
  removeTree(staging.handle, trial);
  return namespace;
}

function makeUpper(staging: number): void {
  for (const name of ['upper', 'work'] as ByteString[]) host.makeDirectory(staging, name, 0o755);
  using lower = opened(staging, 'lower' as ByteString);
  using upper = opened(staging, 'upper' as ByteString);
  likeBelow(lower.handle, upper.handle);
}

/** `trusted.*` belongs to the administrator of the whole machine, which root in a user namespace is not. */
function namespaceFor(upper: number): MarkNamespace {
  const trial = 'trusted.holdfast' as ByteString;
  try {
    host.setXattrOf(upper, trial, new Uint8Array(1));
    host.removeXattrOf(upper, trial);
    return 'trusted';
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return 'user';
  }
}

/** Names of one file stay apart once one is written to, as in every container; `userxattr` rules out the other two. */
function mountOptions(namespace: MarkNamespace): readonly string[] {
  return namespace === 'user' ? ['index=off', 'userxattr'] : ['index=off', 'redirect_dir=on', 'metacopy=on'];
}

/** Whether the lower directory is what the image says, so that nothing of it needs to be looked at. */
function isExact(
  { losses, notes }: Pick<UnpackResult, 'losses' | 'notes'>,
  { uidMap = [], gidMap = [] }: UnpackOptions,
): boolean {
  const isMapped = uidMap.length + gidMap.length > 0;
  return !isMapped && losses.length === 0 && !notes.some(({ code }) => code === 'XATTR_NOT_SET');
}

/** Either the overlay is mounted afterwards, or nothing of it is there. */
function publish(target: Target, staging: PrivateFile, setup: string, namespace: MarkNamespace): void {
  const name = fromJsonText(path.basename(setup));
  renameSetup(target, staging.name, name);
  const isNew = target.directory === undefined;
  try {
    if (isNew) host.makeDirectory(target.parent, target.name, 0o755);
    using point = opened(target.parent, target.name);
    checkEmpty(point.handle, target.displayPath);
    mountOverlay(point.handle, setupParts(setup), mountOptions(namespace));
  } catch (error) {
    if (isNew) removeQuietly(target);
    renameSetup(target, name, staging.name);
    throw error;
  }
  staging.release();
}

function renameSetup(target: Target, from: ByteString, to: ByteString): void {
  try {
    host.rename(target.parent, from, target.parent, to);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    throw alreadySetUp(target.displayPath, setupDirectory(path.resolve(target.displayPath)));
  }
}

function removeQuietly({ parent, name }: Target): void {
  try {
    host.removeDirectory(parent, name);
  } catch {
    // It was never made, or somebody has put something into it.
  }
}

function opened(directory: number, name: ByteString): Disposable & { readonly handle: number } {
  const handle = host.open(directory, name, O_RDONLY | O_DIRECTORY);
  return { handle, [Symbol.dispose]: () => host.close(handle) };
}

/** Where an image is unpacked to, and whether that can be done in one step. */
import fs from 'node:fs';
import path from 'node:path';
import { type ByteString, fromJsonText, HoldfastError } from '../base/index.ts';
import { asRefused, errnoOf, host, listNames, procPath } from '../host/index.ts';

const { O_RDONLY, O_DIRECTORY } = fs.constants;
const stickyBit = 0o1000;

/** The directory that marks an unpack under way inside its target. */
export const incompleteName = '.holdfast-incomplete' as ByteString;

/**
 * `beside`: staged in the parent, appears by one rename. `inside`: the target is a mount point or its parent cannot be
 * written, so it is staged inside the target and marked until it is complete.
 */
export interface Target extends Disposable {
  readonly place: 'beside' | 'inside';
  readonly displayPath: string;
  readonly parent: number;
  readonly name: ByteString;
  /** The open target, where it exists. */
  readonly directory: number | undefined;
}

/**
 * Opens the parent and, where it exists, the target, both once and for all.
 * @throws USAGE, TARGET_OCCUPIED, HOST_REFUSED
 */
export function openTarget(displayPath: string): Target {
  if (displayPath === '') throw new HoldfastError('USAGE', { message: 'the directory to unpack into has no name' });
  const absolute = path.resolve(displayPath);
  const name = fromJsonText(path.basename(absolute));
  const parent = openDirectory(path.dirname(absolute));
  const directory = name === '' ? openDirectory(absolute) : openExisting(parent, name, displayPath);
  const dispose = (): void => {
    host.close(parent);
    if (directory !== undefined) host.close(directory);
  };
  try {
    if (directory !== undefined) checkEmpty(directory, displayPath);
    const place = directory !== undefined && mustStayInPlace(parent, name) ? 'inside' : 'beside';
    return { place, displayPath, parent, name, directory, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function openDirectory(directory: string): number {
  try {
    return fs.openSync(directory, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    throw asRefused('open', directory, error);
  }
}

/** The open directory of that name, undefined when nothing is there. @throws TARGET_OCCUPIED, HOST_REFUSED */
export function openExisting(parent: number, name: ByteString, displayPath: string): number | undefined {
  try {
    return host.open(parent, name, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return undefined;
    if (errno !== 'ENOTDIR' && errno !== 'ELOOP') throw error;
    const isLink = fs.lstatSync(procPath(parent, name), { throwIfNoEntry: false })?.isSymbolicLink() === true;
    const reason = isLink ? 'is a symbolic link; name the directory it leads to' : 'exists and is not a directory';
    throw new HoldfastError('TARGET_OCCUPIED', { path: displayPath, reason });
  }
}

/** What a killed run left inside counts as nothing: the next unpack clears it. @throws TARGET_OCCUPIED */
export function checkEmpty(directory: number, displayPath: string): void {
  const names = listNames(directory);
  if (names.length === 0 || names.includes(incompleteName)) return;
  throw new HoldfastError('TARGET_OCCUPIED', { path: displayPath, reason: 'is not empty' });
}

function mustStayInPlace(parent: number, name: ByteString): boolean {
  if (name === '') return true;
  const target = host.identify(parent, name);
  return target.isMountPoint || !mayReplace(fs.fstatSync(parent), target.uid) || !isWritable(parent);
}

/** In a directory such as /tmp only the owners may rename over something. */
function mayReplace(parent: fs.Stats, owner: number): boolean {
  const user = process.geteuid?.();
  return (parent.mode & stickyBit) === 0 || user === 0 || user === parent.uid || user === owner;
}

function isWritable(directory: number): boolean {
  try {
    fs.accessSync(procPath(directory, '.' as ByteString), fs.constants.W_OK | fs.constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

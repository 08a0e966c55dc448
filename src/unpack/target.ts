/** Where an image is unpacked to, and whether that can be done in one step. */
import fs from 'node:fs';
import path from 'node:path';
import { type ByteString, fromJsonText, HoldfastError } from '../base/index.ts';
import { asRefused, errnoOf, host, procPath } from '../host/index.ts';

const { O_RDONLY, O_DIRECTORY } = fs.constants;

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
 * @throws TARGET_OCCUPIED, HOST_REFUSED
 */
export function openTarget(displayPath: string): Target {
  const absolute = path.resolve(displayPath);
  const name = fromJsonText(path.basename(absolute));
  const parent = openDirectory(path.dirname(absolute));
  const directory = name === '' ? openDirectory(absolute) : openExisting(parent, name, displayPath);
  const dispose = (): void => {
    fs.closeSync(parent);
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

function openExisting(parent: number, name: ByteString, displayPath: string): number | undefined {
  try {
    return host.open(parent, name, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === 'ENOENT') return undefined;
    if (errno === 'ENOTDIR' || errno === 'ELOOP') {
      throw new HoldfastError('TARGET_OCCUPIED', { path: displayPath, reason: 'exists and is not a directory' });
    }
    throw error;
  }
}

/** What a killed run left inside counts as nothing: the next unpack clears it. */
function checkEmpty(directory: number, displayPath: string): void {
  const names = fs.readdirSync(`/proc/self/fd/${directory}`);
  if (names.length === 0 || names.includes(incompleteName)) return;
  throw new HoldfastError('TARGET_OCCUPIED', { path: displayPath, reason: 'is not empty' });
}

function mustStayInPlace(parent: number, name: ByteString): boolean {
  if (name === '' || host.identify(parent, name).isMountPoint) return true;
  try {
    fs.accessSync(procPath(parent, '.' as ByteString), fs.constants.W_OK | fs.constants.X_OK);
    return false;
  } catch {
    return true;
  }
}

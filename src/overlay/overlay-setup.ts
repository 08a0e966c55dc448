/** The directory `.NAME.holdfast-overlay` beside NAME: what `unpack --overlay` put below the mount, and how. */
import fs from 'node:fs';
import path from 'node:path';
import { fromJsonText, toBytes } from '../base/index.ts';
import { asRefused, type IdMap, type OverlayDirectories } from '../host/index.ts';
import type { MarkNamespace } from './overlay-marks.ts';

/** What was unpacked into the lower directory, and how it is mounted. Written as JSON. */
export interface OverlayHead {
  readonly digest: string;
  /** How many layers of the image, from the bottom. */
  readonly layers: number;
  readonly onConflict: string;
  readonly reference: string;
  /** Whether the lower directory holds all of the image as it is: nothing lost, nothing mapped. */
  readonly isExact: boolean;
  /** What ids of the image became on disk. */
  readonly uidMap: IdMap;
  readonly gidMap: IdMap;
  readonly namespace: MarkNamespace;
}

export interface OverlaySetup extends OverlayDirectories {
  readonly head: OverlayHead;
  /** Who unpacked. */
  readonly uid: number;
  readonly gid: number;
}

const headName = 'overlay.json';
const mostHeadBytes = 1024 * 1024;

/** @param directory the mount point, absolute */
export function setupDirectory(directory: string): string {
  return path.join(path.dirname(directory), `.${path.basename(directory)}.holdfast-overlay`);
}

/** The parts of a setup that is, or is to be, in a directory. */
export function setupParts(setup: string): OverlayDirectories {
  return { lower: path.join(setup, 'lower'), upper: path.join(setup, 'upper'), work: path.join(setup, 'work') };
}

/** Says what the lower directory in a setup holds. @throws HOST_REFUSED */
export function writeHead(setup: string, head: OverlayHead): void {
  const file = path.join(setup, headName);
  const written = { holdfastOverlay: 1, ...head, lower: identityOf(setupParts(setup).lower) };
  try {
    fs.writeFileSync(bytes(file), `${JSON.stringify(written)}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw asRefused('write', file, error);
  }
}

/**
 * The setup of a mount point; undefined where there is none that can be believed: somebody else could have written it, or the
 * lower directory is another one than what was unpacked.
 */
export function readSetup(directory: string): OverlaySetup | undefined {
  const setup = setupDirectory(directory);
  const parts = setupParts(setup);
  const found = readOurs(path.join(setup, headName));
  if (found === undefined || !isHead(found.written)) return undefined;
  const { lower } = found.written;
  if (typeof lower !== 'string' || lower !== identityOf(parts.lower)) return undefined;
  return { head: found.written, uid: found.uid, gid: found.gid, ...parts };
}

/** A copy has another. */
function identityOf(directory: string): string | undefined {
  const found = fs.lstatSync(bytes(directory), { throwIfNoEntry: false, bigint: true });
  return found?.isDirectory() === true ? `${found.dev} ${found.ino}` : undefined;
}

type Written = Readonly<Record<string, unknown>>;

function isHead(written: Written): written is Written & OverlayHead {
  const { holdfastOverlay, digest, layers, onConflict, reference, isExact, namespace, uidMap, gidMap } = written;
  const texts = [digest, onConflict, reference];
  const isPlain =
    holdfastOverlay === 1 && texts.every((text) => typeof text === 'string') && typeof layers === 'number';
  const isMapped = [uidMap, gidMap].every((map) => Array.isArray(map) && map.every(isIdRange));
  return isPlain && isMapped && typeof isExact === 'boolean' && (namespace === 'trusted' || namespace === 'user');
}

function isIdRange(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { image, host, size } = value as Written;
  return [image, host, size].every((part) => Number.isSafeInteger(part) && Number(part) >= 0);
}

const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;

function readOurs(file: string): { readonly written: Written; readonly uid: number; readonly gid: number } | undefined {
  let handle: number | undefined;
  try {
    handle = fs.openSync(bytes(file), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    const found = fs.fstatSync(handle);
    if (!isOurs(found) || found.size > mostHeadBytes) return undefined;
    const value: unknown = JSON.parse(fs.readFileSync(handle, 'utf8'));
    const { uid, gid } = found;
    return typeof value === 'object' && value !== null ? { written: value as Written, uid, gid } : undefined;
  } catch {
    return undefined;
  } finally {
    if (handle !== undefined) fs.closeSync(handle);
  }
}

/** Nobody but this user and root can write to it. */
function isOurs(found: fs.Stats): boolean {
  const isOnlyOurs = found.isFile() && found.nlink === 1 && (found.mode & 0o022) === 0;
  return isOnlyOurs && (found.uid === 0 || found.uid === process.geteuid?.());
}

function bytes(name: string): Buffer {
  return Buffer.from(toBytes(fromJsonText(name)));
}

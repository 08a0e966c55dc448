import fs from 'node:fs';
import path from 'node:path';
import { fromBytes, fromJsonText, toBytes, toJsonText } from '../base/index.ts';
import { overlayOn } from './mount-table.ts';
import { type OverlaySetup, readSetup } from './overlay-setup.ts';

export interface FoundSetup extends OverlaySetup {
  readonly isMounted: boolean;
}

/**
 * What `unpack --overlay` set up for a directory, whether it is mounted now or not. Undefined where something else stands
 * there by now, or is mounted.
 */
export function findSetup(directory: string): FoundSetup | undefined {
  const absolute = resolved(directory);
  const setup = absolute === undefined ? undefined : readSetup(absolute);
  if (absolute === undefined || setup === undefined) return undefined;
  const mounted = overlayOn(absolute);
  if (mounted === undefined) return isEmpty(absolute) ? { ...setup, isMounted: false } : undefined;
  const isIts = mounted !== 'other' && mounted.upper === setup.upper && !mounted.options.includes('index=on');
  return isIts ? { ...setup, isMounted: true } : undefined;
}

/** With all links resolved, where the last component need not exist. */
function resolved(directory: string): string | undefined {
  const absolute = path.resolve(directory);
  try {
    if (fs.lstatSync(bytes(absolute), { throwIfNoEntry: false }) !== undefined) return realPath(absolute);
    return path.join(realPath(path.dirname(absolute)), path.basename(absolute));
  } catch {
    return undefined;
  }
}

function realPath(name: string): string {
  return toJsonText(fromBytes(fs.realpathSync(bytes(name), 'buffer')));
}

function isEmpty(directory: string): boolean {
  try {
    return fs.readdirSync(bytes(directory), 'buffer').length === 0;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT';
  }
}

function bytes(name: string): Buffer {
  return Buffer.from(toBytes(fromJsonText(name)));
}

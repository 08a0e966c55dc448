/** What a file system does to links, xattrs and times of what is written there: tried in a directory of its own. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fromText, type Timestamp } from '../base/index.ts';
import { asRefused, errnoOf, host } from '../host/index.ts';
import type { WriteTestResult } from './probe-options.ts';

const billion = 1_000_000_000n;

type Trials = Omit<WriteTestResult, 'directory' | 'errno'>;

/**
 * Makes a directory below `directory`, tries what a runtime may get wrong, and removes it again. Where this process may, it puts
 * back the time of `directory`, so that a verification does not find it changed.
 * @param directory where to write; that for temporary files unless given
 * @throws HOST_REFUSED when nothing can be written there at all
 */
export function writeTest(directory = os.tmpdir()): WriteTestResult {
  const { scratch, time } = makeScratch(directory);
  try {
    return { directory, ...tryAll(scratch) };
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true });
    putBack(directory, time);
  }
}

function timeOf(directory: string): Timestamp {
  const { mtimeNs } = fs.statSync(directory, { bigint: true });
  const nanoseconds = ((mtimeNs % billion) + billion) % billion;
  return { seconds: Number((mtimeNs - nanoseconds) / billion), nanoseconds: Number(nanoseconds) };
}

/** Only its owner may. */
function putBack(directory: string, time: Timestamp): void {
  try {
    const handle = fs.openSync(directory, 'r');
    try {
      host.setTimesOf(handle, time);
    } finally {
      fs.closeSync(handle);
    }
  } catch {
    // What was found out is worth more than that time.
  }
}

function makeScratch(directory: string): { readonly scratch: string; readonly time: Timestamp } {
  try {
    const time = timeOf(directory);
    return { scratch: fs.mkdtempSync(path.join(directory, '.holdfast-write-test-')), time };
  } catch (error) {
    throw asRefused('write to', directory, error);
  }
}

function tryAll(scratch: string): Trials & { readonly errno?: string } {
  const refusals: string[] = [];
  const attempt = (trial: () => boolean): boolean => {
    try {
      return trial();
    } catch (error) {
      refusals.push(errnoOf(error) ?? (error as NodeJS.ErrnoException).code ?? 'unknown');
      return false;
    }
  };
  const [file, second] = [path.join(scratch, 'file'), path.join(scratch, 'second')];
  fs.writeFileSync(file, 'one');
  const link = attempt(() => isLinked(file, second));
  const result = {
    link,
    linkAfterWrite: link ? attempt(() => keepsLink(file, second)) : null,
    xattrs: host.isNative ? attempt(() => keepsXattr(file)) : null,
    nanoseconds: host.isNative ? attempt(() => keepsNanoseconds(scratch)) : null,
  };
  const [errno] = refusals;
  return errno === undefined ? result : { ...result, errno };
}

function isLinked(file: string, second: string): boolean {
  fs.linkSync(file, second);
  return isOneInode(file, second);
}

/** gVisor, some FUSE and overlay file systems give the two names files of their own once one of them is written to. */
function keepsLink(file: string, second: string): boolean {
  fs.appendFileSync(second, ' two');
  fs.chmodSync(second, 0o640);
  const isRead = fs.readFileSync(file, 'utf8') === 'one two' && (fs.statSync(file).mode & 0o777) === 0o640;
  return isRead && isOneInode(file, second);
}

function isOneInode(file: string, second: string): boolean {
  const [a, b] = [fs.lstatSync(file, { bigint: true }), fs.lstatSync(second, { bigint: true })];
  return a.ino === b.ino && a.dev === b.dev && a.nlink === 2n && b.nlink === 2n;
}

function keepsXattr(file: string): boolean {
  const name = fromText('user.holdfast.test');
  const handle = fs.openSync(file, 'r+');
  try {
    host.setXattrOf(handle, name, Buffer.from('kept'));
    return Buffer.from(host.readXattrOf(handle, name) ?? []).toString() === 'kept';
  } finally {
    fs.closeSync(handle);
  }
}

function keepsNanoseconds(scratch: string): boolean {
  const handle = fs.openSync(scratch, 'r');
  try {
    host.setTimesOf(handle, { seconds: 1_700_000_000, nanoseconds: 123_456_789 });
    return fs.fstatSync(handle, { bigint: true }).mtimeNs === 1_700_000_000_123_456_789n;
  } finally {
    fs.closeSync(handle);
  }
}

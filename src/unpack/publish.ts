/** The last step: a complete root file system becomes visible at its target. */
import fs from 'node:fs';
import { type ByteString, fromBytes, HoldfastError } from '../base/index.ts';
import { type AttributePolicy, asRefused, host, procPath, setAttributes } from '../host/index.ts';
import type { Inode } from '../tree/index.ts';
import type { Staging } from './staging.ts';
import { incompleteName, type Target } from './target.ts';

const { O_RDONLY, O_DIRECTORY } = fs.constants;

/**
 * One rename, over nothing or over an empty directory.
 * @throws TARGET_OCCUPIED when something appeared there meanwhile, HOST_REFUSED
 */
export function publishBeside(target: Target, staging: Staging): void {
  staging.clearWork();
  try {
    fs.renameSync(procPath(staging.rootParent, staging.rootName), procPath(target.parent, target.name));
  } catch (error) {
    const refused = asRefused('rename', target.displayPath, error);
    if (refused instanceof HoldfastError && /"E(NOTEMPTY|EXIST|NOTDIR)"/.test(JSON.stringify(refused.data))) {
      const reason = 'was filled by another process meanwhile';
      throw new HoldfastError('TARGET_OCCUPIED', { path: target.displayPath, reason }, { cause: error });
    }
    throw refused;
  }
  staging.release();
}

/**
 * Moves every entry up into the target, then gives the target its attributes. The marker stays until all is done but
 * the time of the target itself, which the removal of the marker changes.
 * @throws HOST_REFUSED
 */
export function publishInside(directory: number, staging: Staging, root: Inode, policy: AttributePolicy): void {
  for (const bytes of fs.readdirSync(`/proc/self/fd/${staging.root}`, { encoding: 'buffer' })) {
    moveUp(staging.root, directory, fromBytes(bytes));
  }
  staging.clearWork();
  staging.release();
  setAttributes({ file: directory }, root, policy);
}

function moveUp(from: number, to: number, name: ByteString): void {
  if (name === incompleteName) {
    const what = `the image has an entry ${incompleteName} at its root, which a mount point cannot take`;
    throw new HoldfastError('HOST_UNSUPPORTED', { what, hint: 'unpack into a directory that is no mount point' });
  }
  const facts = fs.lstatSync(procPath(from, name));
  if (!facts.isDirectory() || (facts.mode & 0o200) !== 0) return host.rename(from, name, to, name);
  // Without privilege a directory moves to another parent only while its owner may write it.
  const handle = host.open(from, name, O_RDONLY | O_DIRECTORY);
  try {
    host.changeModeOf(handle, 0o700);
    host.rename(from, name, to, name);
    host.changeModeOf(handle, facts.mode & 0o7777);
  } finally {
    host.close(handle);
  }
}

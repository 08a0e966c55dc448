/** Private names beside a target, and how those of dead processes are found again. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { type ByteString, fromBytes } from '../base/index.ts';
import { host } from './host.ts';
import { errnoOf } from './refused.ts';
import { removeTree } from './remove-tree.ts';

const { O_RDONLY, O_NONBLOCK } = fs.constants;
const suffix = /^[0-9a-f]{12}(?:-root)?$/;

/** A fresh private name for work on the target `name`. Whoever creates it keeps it locked while at work. */
export function privateName(name: ByteString): ByteString {
  return `.${name}.holdfast-${randomBytes(6).toString('hex')}` as ByteString;
}

/** Removes the private files and directories of a target that no living process holds a lock on. */
export function removeLeftovers(parent: number, name: ByteString): void {
  const prefix = `.${name}.holdfast-`;
  for (const bytes of fs.readdirSync(`/proc/self/fd/${parent}`, { encoding: 'buffer' })) {
    const found = fromBytes(bytes);
    if (found.startsWith(prefix) && suffix.test(found.slice(prefix.length))) removeIfDead(parent, found);
  }
}

function removeIfDead(parent: number, name: ByteString): void {
  let handle: number;
  try {
    handle = host.open(parent, name, O_RDONLY | O_NONBLOCK);
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ELOOP'].includes(errnoOf(error) ?? '')) return;
    throw error;
  }
  try {
    if (host.tryLock(handle)) removeTree(parent, name);
  } finally {
    host.close(handle);
  }
}

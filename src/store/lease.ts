/**
 * Leases: what a running process counts on, for whoever removes blobs that nothing refers to. A process claims a blob
 * before it looks whether it is there; a blob is removed under the lock under which claims are written. So a blob is
 * either gone before the claim, and found missing, or it stays until the process has ended or disposed of its store.
 */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import type { Digest } from '../base/index.ts';
import { asRefused } from '../host/index.ts';
import { type Directory, isNotAFile, type OpenFile } from './directory.ts';
import { asDigest, type Layout, removalLock } from './layout.ts';
import { lockNow, tryLock } from './lock.ts';

/** One process's claims, in a file that is locked while it lives. */
export class Lease implements Disposable {
  readonly #layout: Layout;
  readonly #claimed = new Set<Digest>();
  #held: { readonly file: OpenFile; readonly name: string } | undefined;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** @throws STORE_INVALID, STORE_BUSY, HOST_REFUSED */
  claim(digest: Digest): void {
    if (this.#claimed.has(digest)) return;
    using _lock = lockNow(this.#layout.control(), removalLock);
    this.#held ??= begin(this.#layout.makePart('leases'));
    append(this.#held.file.fd, `${digest}\n`, this.#held.name);
    this.#claimed.add(digest);
  }

  [Symbol.dispose](): void {
    if (this.#held === undefined) return;
    try {
      this.#layout.part('leases')?.unlink(this.#held.name);
    } catch {
      // Nobody holds it from now on, so whoever comes next removes it.
    }
    this.#held.file[Symbol.dispose]();
    this.#held = undefined;
  }
}

/** What living processes claim. Only for who holds the lock of removals. @throws STORE_INVALID, HOST_REFUSED */
export function claimedDigests(layout: Layout): Set<Digest> {
  const claimed = new Set<Digest>();
  const leases = layout.part('leases');
  if (leases === undefined) return claimed;
  for (const name of removeDead(leases)) {
    for (const digest of read(leases, name)) claimed.add(digest);
  }
  return claimed;
}

function begin(leases: Directory): { file: OpenFile; name: string } {
  removeDead(leases);
  for (;;) {
    const name = randomBytes(8).toString('hex');
    const file = tryLock(leases, name);
    if (file !== undefined) return { file, name };
  }
}

/** Returns the names of those that live. */
function removeDead(leases: Directory): string[] {
  return leases.names().filter((name) => {
    if (!/^[0-9a-f]{16}$/.test(name)) return false;
    using dead = tryLock(leases, name);
    if (dead !== undefined) leases.unlink(name);
    return dead === undefined;
  });
}

function read(leases: Directory, name: string): Digest[] {
  const found = leases.find(name);
  if (found === undefined || isNotAFile(found)) return [];
  using file = found;
  const lines = fs.readFileSync(file.fd, 'latin1').split('\n');
  return lines.map(asDigest).filter((digest) => digest !== undefined);
}

function append(fd: number, line: string, name: string): void {
  try {
    fs.writeSync(fd, line);
  } catch (error) {
    throw asRefused('write', name, error);
  }
}

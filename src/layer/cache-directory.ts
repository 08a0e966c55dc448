/** What is known of layers and images, on disk, so that it need not be found out again. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Limits } from '../base/index.ts';
import { makeDirectories } from '../host/index.ts';
import { writeFully } from './body-files.ts';

/** Past this the least recently used files of a kind go. */
const maxCacheBytes = 1024 ** 3;

/** Where things of a kind are kept: `XDG_CACHE_HOME/holdfast/KIND`, or below `~/.cache`. */
export function cacheDirectory(kind: 'layers' | 'trees' = 'layers'): string {
  const configured = process.env['XDG_CACHE_HOME'];
  const base = configured && path.isAbsolute(configured) ? configured : path.join(os.homedir(), '.cache');
  return path.join(base, 'holdfast', kind);
}

/** The bytes of a file, which counts as used now. @throws what the system says where there is none */
export function readCacheFile(file: string): Buffer {
  const bytes = fs.readFileSync(file);
  const now = new Date();
  fs.utimesSync(file, now, now);
  return bytes;
}

/** Writes a file whole or not at all. The cache is an aid only: where it cannot be written, nothing is said and nothing is lost. */
export function writeCacheFile(file: string, pieces: () => readonly Uint8Array[]): void {
  const temporary = `${file}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    makeDirectories(path.dirname(file), 0o700);
    const handle = fs.openSync(temporary, 'wx', 0o600);
    try {
      for (const piece of pieces()) writeFully(handle, piece, null);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, file);
    evict(path.dirname(file));
  } catch {
    removeQuietly(temporary);
  }
}

/** What was found under some limits is right under these too, where none of them is tighter. */
export function servesUnder<Name extends keyof Limits>(
  limits: Readonly<Record<Name, number>>,
  known: Readonly<Record<Name, number>>,
): boolean {
  return (Object.keys(known) as Name[]).every((name) => limits[name] >= known[name]);
}

function removeQuietly(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // It counts towards the size of the cache, and goes with the oldest.
  }
}

function evict(directory: string): void {
  const files = fs.readdirSync(directory).map((name) => {
    const file = path.join(directory, name);
    const facts = fs.statSync(file, { throwIfNoEntry: false });
    return { file, bytes: facts?.size ?? 0, used: facts?.mtimeMs ?? 0 };
  });
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  for (const { file, bytes } of files.sort((a, b) => a.used - b.used)) {
    if (total <= maxCacheBytes) return;
    fs.rmSync(file, { force: true });
    total -= bytes;
  }
}

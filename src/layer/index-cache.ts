/** Layer indexes on disk, by the digest of the stored blob: a known layer needs no reading to be looked into. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Digest, digestAlgorithm, digestHex, type Limits } from '../base/index.ts';
import { makeDirectories } from '../host/index.ts';
import { writeFully } from './body-files.ts';
import { decodeIndex, encodeIndex } from './index-file.ts';
import type { LayerIndex } from './layer-index.ts';

/** Past this the least recently used indexes go. */
const maxCacheBytes = 1024 ** 3;

/** Where the cache is: `XDG_CACHE_HOME/holdfast/layers`, or below `~/.cache`. */
export function cacheDirectory(): string {
  const configured = process.env['XDG_CACHE_HOME'];
  const base = configured && path.isAbsolute(configured) ? configured : path.join(os.homedir(), '.cache');
  return path.join(base, 'holdfast', 'layers');
}

/** The cached index of a blob; undefined when there is none, it is damaged, or it was made under looser limits. */
export function loadIndex(digest: Digest, limits: Limits): LayerIndex | undefined {
  const file = fileOf(digest);
  try {
    const index = decodeIndex(fs.readFileSync(file));
    if (index?.digest !== digest || !servesUnder(index, limits)) return undefined;
    const now = new Date();
    fs.utimesSync(file, now, now);
    return index;
  } catch {
    return undefined;
  }
}

/** Keeps an index. The cache is an aid only: where it cannot be written, nothing is said and nothing is lost. */
export function saveIndex(index: LayerIndex): void {
  const file = fileOf(index.digest);
  const temporary = `${file}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  try {
    makeDirectories(path.dirname(file), 0o700);
    const handle = fs.openSync(temporary, 'wx', 0o600);
    try {
      for (const piece of encodeIndex(index)) writeFully(handle, piece, null);
    } finally {
      fs.closeSync(handle);
    }
    fs.renameSync(temporary, file);
    evict(path.dirname(file));
  } catch {
    removeQuietly(temporary);
  }
}

function removeQuietly(file: string): void {
  try {
    fs.rmSync(file, { force: true });
  } catch {
    // It counts towards the size of the cache, and goes with the oldest.
  }
}

function fileOf(digest: Digest): string {
  return path.join(cacheDirectory(), `${digestAlgorithm(digest)}-${digestHex(digest)}`);
}

function servesUnder(index: LayerIndex, limits: Limits): boolean {
  return (Object.keys(limits) as (keyof Limits)[]).every((name) => limits[name] >= index.limits[name]);
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

/** Where the differential tests work, and the images they work on. */
import fs from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import { removeTree } from '../../src/host/index.ts';
import { type Image, openImage } from '../../src/image/index.ts';
import { type EntrySpec, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';

export const isRoot = process.getuid?.() === 0;

/** On memory where there is some: the tests make many small files. */
const shared = fs.mkdtempSync(join(isWritable('/dev/shm') ? '/dev/shm' : tmpdir(), 'holdfast-differential-'));
/** The cache of whoever runs the tests, which they never write to. */
export const usersCache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
process.env['XDG_CACHE_HOME'] = join(shared, 'cache');
after(() => removeDirectory(shared));

let made = 0;

/** The path of a directory that does not exist yet, and goes with the test run. */
export function freshPath(): string {
  return join(shared, String(++made));
}

/** Runs with the path of a directory that does not exist yet, and removes it. */
export async function withPath<T>(run: (path: string) => Promise<T>): Promise<T> {
  const path = freshPath();
  try {
    return await run(path);
  } finally {
    if (fs.lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) removeDirectory(path);
    else fs.rmSync(path, { force: true });
  }
}

/** Layers as an opened image whose layers are stored in different ways in turn. */
export async function withImage<T>(
  layers: readonly (readonly EntrySpec[] | Buffer)[],
  run: (image: Image) => Promise<T>,
): Promise<T> {
  return withPath(async (path) => {
    writeLayout(path, { case: imageOf(layers.map((layer, position) => layerOf(layer, compression(position)))) });
    await using image = await openImage(`oci:${path}:case`);
    return await run(image);
  });
}

/** Through the project's own remover, because a path may be too long for any other. */
export function removeDirectory(path: string): void {
  const parent = fs.openSync(join(path, '..'), 'r');
  try {
    removeTree(parent, fromText(path.slice(path.lastIndexOf('/') + 1)));
  } finally {
    fs.closeSync(parent);
  }
}

function compression(position: number): { compression: 'gzip' | 'none' | 'zstd' } {
  return { compression: (['gzip', 'none', 'zstd'] as const)[position % 3] ?? 'gzip' };
}

function isWritable(directory: string): boolean {
  try {
    fs.accessSync(directory, fs.constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

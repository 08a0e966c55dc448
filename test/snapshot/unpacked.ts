/** An image and a directory that it was unpacked into, and snapshots of what becomes of that. */
import fs from 'node:fs';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openImage } from '../../src/image/index.ts';
import { snapshot, type SnapshotOptions, type SnapshotResult, type UpperDirectory } from '../../src/snapshot/index.ts';
import { unpack, type UnpackOptions } from '../../src/unpack/index.ts';
import { indexLayer } from '../cases/apply-in-memory.ts';
import { type Layers, layoutWith, scratch } from '../unpack/scratch.ts';

export interface Unpacked {
  readonly reference: string;
  /** Where the root stands, with its record. */
  readonly parent: string;
  readonly root: string;
  readonly at: (name: string) => string;
}

/** Unpacked so long ago that nobody could have changed anything in the same tick of the clock. */
export async function unpacked(t: TestContext, layers: Layers, options: UnpackOptions = {}): Promise<Unpacked> {
  const [reference, parent] = [layoutWith(t, layers), scratch(t)];
  const root = path.join(parent, 'root');
  await using image = await openImage(reference);
  await unpack(image, root, options);
  await settle(parent);
  return { reference, parent, root, at: (name) => path.join(root, name) };
}

/** Writes to the record, without changing what it says, once the clock has moved on, and waits until it has again. */
export async function settle(parent: string): Promise<void> {
  await setTimeout(12);
  const record = path.join(parent, '.root.holdfast');
  if (fs.existsSync(record)) fs.writeFileSync(record, fs.readFileSync(record));
  await setTimeout(12);
}

export interface Taken extends SnapshotResult {
  readonly tar: Buffer;
  /** The layer in short: `f path`, `d path`, `l path -> text`, `h path = target`, `w path`; "." is the root. */
  readonly entries: readonly string[];
}

/** A snapshot that is kept in memory. */
export async function taken(
  base: string,
  directory: string | UpperDirectory,
  options: SnapshotOptions = {},
): Promise<Taken> {
  const chunks: Uint8Array[] = [];
  const result = await snapshot(
    base,
    directory,
    async (parts) => {
      for await (const part of parts) chunks.push(part);
    },
    options,
  );
  const tar = Buffer.concat(chunks);
  return { ...result, tar, entries: shownLayer(tar) };
}

const letters = { file: 'f', directory: 'd', char: 'c', block: 'b', fifo: 'p' } as const;

export function shownLayer(tar: Buffer): string[] {
  const { table } = indexLayer(tar);
  return Array.from({ length: table.length }, (_, row) => {
    const [kind, name] = [table.kind(row), table.name(row) || '.'];
    if (kind === 'whiteout') return `w ${name}`;
    if (kind === 'hardlink') return `h ${name} = ${table.linkName(row)}`;
    if (kind === 'symlink') return `l ${name} -> ${table.linkName(row)}`;
    return `${kind === 'opaque' ? 'o' : letters[kind]} ${name}`;
  });
}

/** Runs what touches a directory, and puts its time back. */
export function keepingTime(directory: string, change: () => void): void {
  const { atimeMs, mtimeMs } = fs.statSync(directory);
  change();
  fs.utimesSync(directory, atimeMs / 1000, mtimeMs / 1000);
}

/** A layer of files that stand anywhere on this machine: the same bytes whenever and wherever it is made of the same files. */
import fs from 'node:fs';
import { type ByteString, fromText } from '../base/index.ts';
import { asRefused } from '../host/index.ts';
import type { OpenBody } from '../layer/index.ts';
import {
  applyLayer,
  diffTrees,
  emptyTree,
  EntryTableBuilder,
  layerPlan,
  parentPath,
  type PlannedEntry,
  type TableEntry,
} from '../tree/index.ts';
import type { AddedFile } from './probe-files.ts';

export interface FileLayer {
  readonly plan: readonly PlannedEntry[];
  /** For one writer. */
  readonly open: OpenBody;
}

const facts: Omit<TableEntry, 'name' | 'kind' | 'mode' | 'size'> = {
  linkName: '' as ByteString,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  dataOffset: 0,
  xattrs: undefined,
  deviceMajor: 0,
  deviceMinor: 0,
  sparse: undefined,
};

/** Owned by root, readable by all, of no time. @throws HOST_REFUSED */
export function fileLayer(files: readonly AddedFile[]): FileLayer {
  const table = new EntryTableBuilder();
  const sources = new Map<number, string>();
  for (const name of directoriesOf(files)) table.add({ ...facts, name, kind: 'directory', mode: 0o755, size: 0 });
  for (const { path, file, isExecutable } of files) {
    const entry = { ...facts, name: fromText(path), mode: isExecutable ? 0o755 : 0o644, size: sizeOf(file) };
    sources.set(table.add({ ...entry, kind: 'file' }), file);
  }
  const tree = applyLayer(emptyTree, table.finish());
  const plan = layerPlan(emptyTree, tree, diffTrees(emptyTree, tree, { sameContent: () => false }));
  return {
    plan: plan.filter(({ path }) => path !== ''),
    open: ({ row }) => chunksOf(sources.get(row) ?? ''),
  };
}

function directoriesOf(files: readonly AddedFile[]): ByteString[] {
  const names = new Set<ByteString>();
  for (const { path } of files) {
    for (let above = parentPath(fromText(path)); above !== ''; above = parentPath(above)) names.add(above);
  }
  return [...names].sort();
}

const chunkBytes = 1024 * 1024;

function* chunksOf(file: string): Generator<Uint8Array> {
  const handle = guarded(file, () => fs.openSync(file, 'r'));
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes);
    const next = (): number => guarded(file, () => fs.readSync(handle, buffer, 0, buffer.length, null));
    for (let count = next(); count > 0; count = next()) yield buffer.subarray(0, count);
  } finally {
    fs.closeSync(handle);
  }
}

function sizeOf(file: string): number {
  return guarded(file, () => fs.statSync(file).size);
}

function guarded<Result>(file: string, call: () => Result): Result {
  try {
    return call();
  } catch (error) {
    throw asRefused('read', file, error);
  }
}

/** Where a layer goes: a file that appears complete or not at all, or whatever takes it. */
import fs from 'node:fs';
import path from 'node:path';
import { fromJsonText } from '../base/index.ts';
import { asRefused, createPrivateFile, guarded, host, procPath, removeLeftovers } from '../host/index.ts';
import { writeFully } from '../layer/index.ts';

const { O_RDONLY, O_WRONLY, O_DIRECTORY } = fs.constants;

export type TakeLayer = (chunks: AsyncIterable<Uint8Array>) => Promise<void>;

/**
 * Runs with what takes the layer into a file. It is put in place when that has ended well; what is no regular file, such as
 * /dev/null or a FIFO, is written to as it is.
 * @throws HOST_REFUSED, and what `write` throws
 */
export async function intoFile<Result>(file: string, write: (take: TakeLayer) => Promise<Result>): Promise<Result> {
  const { absolute, isReplaced } = findOutput(file);
  return isReplaced ? await replaceFile(absolute, write) : await writeInto(file, write);
}

/** Where a symbolic link leads to a file, that file is the output. */
function findOutput(file: string): { readonly absolute: string; readonly isReplaced: boolean } {
  try {
    const existing = fs.statSync(file, { throwIfNoEntry: false });
    const absolute = existing ? fs.realpathSync(file) : path.resolve(file);
    return { absolute, isReplaced: existing?.isFile() ?? true };
  } catch (error) {
    throw asRefused('open', file, error);
  }
}

async function writeInto<Result>(file: string, write: (take: TakeLayer) => Promise<Result>): Promise<Result> {
  const handle = openPath(file, O_WRONLY);
  try {
    return await write((chunks) => writeChunks(handle, chunks));
  } finally {
    host.close(handle);
  }
}

async function replaceFile<Result>(absolute: string, write: (take: TakeLayer) => Promise<Result>): Promise<Result> {
  const name = fromJsonText(path.basename(absolute));
  const directory = openPath(path.dirname(absolute), O_RDONLY | O_DIRECTORY);
  try {
    removeLeftovers(directory, name);
    using file = createPrivateFile(directory, name, 0o666);
    const result = await write((chunks) => writeChunks(file.handle, chunks));
    guarded('rename', name, () => fs.renameSync(procPath(directory, file.name), procPath(directory, name)));
    file.release();
    return result;
  } finally {
    host.close(directory);
  }
}

export async function writeChunks(file: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const chunk of chunks) writeFully(file, chunk, null);
}

function openPath(file: string, flags: number): number {
  try {
    return fs.openSync(file, flags);
  } catch (error) {
    throw asRefused('open', file, error);
  }
}

/** Where the bytes of an archive go: a file that appears at the end, or what takes them as they come. */
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { fromJsonText } from '../base/index.ts';
import { asRefused, createPrivateFile, guarded, host, procPath, removeLeftovers } from '../host/index.ts';
import type { ByteWriter } from './services.ts';

const { O_RDONLY, O_WRONLY, O_DIRECTORY } = fs.constants;
// On the thread pool: whoever reads a FIFO may be slow, and opening one waits for its reader.
const openFile = promisify(fs.open);
const writeFile = promisify(fs.write);

/** Disposing without {@link ArchiveOutput.publish} leaves nothing behind, where that is possible. */
export interface ArchiveOutput extends AsyncDisposable {
  /** Resolves when the bytes may be used again. @throws HOST_REFUSED, or what the other side says */
  write(bytes: Uint8Array): Promise<void>;
  /** Everything is written: it takes its name. @throws as {@link ArchiveOutput.write} */
  publish(): Promise<void>;
}

/**
 * Opens a file for an archive. An existing one is replaced at the end; where a symbolic link leads to a file, that file
 * is. What is no regular file, such as /dev/null or a FIFO, is written to as it is.
 * @param file `-` is stdout.
 * @throws HOST_REFUSED
 */
export async function openArchiveOutput(file: string, stdout: ByteWriter = ownStdout): Promise<ArchiveOutput> {
  if (file === '-') return streamOutput(stdout);
  const { absolute, isReplaced } = findOutput(file);
  if (isReplaced) return replacement(absolute);
  const handle = await openFile(file, O_WRONLY).catch((error: unknown) => {
    throw asRefused('open', file, error);
  });
  return {
    write: (bytes) => writeFully(handle, bytes, file),
    publish: async () => {},
    [Symbol.asyncDispose]: async () => host.close(handle),
  };
}

function findOutput(file: string): { readonly absolute: string; readonly isReplaced: boolean } {
  try {
    const existing = fs.statSync(file, { throwIfNoEntry: false });
    return { absolute: existing ? fs.realpathSync(file) : path.resolve(file), isReplaced: existing?.isFile() ?? true };
  } catch (error) {
    throw asRefused('open', file, error);
  }
}

/** A private file beside the target, which is renamed to it. */
function replacement(absolute: string): ArchiveOutput {
  const name = fromJsonText(path.basename(absolute));
  const directory = openDirectory(path.dirname(absolute));
  try {
    removeLeftovers(directory, name);
    const file = createPrivateFile(directory, name, 0o666);
    return {
      write: (bytes) => writeFully(file.handle, bytes, absolute),
      publish: async () => {
        guarded('rename', name, () => fs.renameSync(procPath(directory, file.name), procPath(directory, name)));
        file.release();
      },
      [Symbol.asyncDispose]: async () => {
        file[Symbol.dispose]();
        host.close(directory);
      },
    };
  } catch (error) {
    host.close(directory);
    throw error;
  }
}

function openDirectory(directory: string): number {
  try {
    return fs.openSync(directory, O_RDONLY | O_DIRECTORY);
  } catch (error) {
    throw asRefused('open', directory, error);
  }
}

async function writeFully(handle: number, bytes: Uint8Array, name: string): Promise<void> {
  try {
    for (let at = 0; at < bytes.length;) {
      const { bytesWritten } = await writeFile(handle, bytes, at, bytes.length - at, null);
      at += bytesWritten;
    }
  } catch (error) {
    throw asRefused('write', name, error);
  }
}

function streamOutput(stream: ByteWriter): ArchiveOutput {
  return {
    write: (bytes) => stream.write(bytes),
    publish: async () => {},
    [Symbol.asyncDispose]: async () => {},
  };
}

const ownStdout: ByteWriter = {
  write: (bytes) =>
    new Promise((resolve, reject) => {
      process.stdout.write(bytes, (error) => {
        if (error) reject(asRefused('write', 'standard output', error));
        else resolve();
      });
    }),
};

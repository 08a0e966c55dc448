/** An archive as the user names it, made a plain tar on an open file. */
import fs from 'node:fs';
import { promisify } from 'node:util';
import { HoldfastError } from '../base/index.ts';
import { detectCompression } from '../codec/index.ts';
import { asRefused } from '../host/index.ts';
import { type OpenedFile, readFully } from './files.ts';
import { spool, type SpoolOptions } from './spool.ts';

export interface OpenArchive extends OpenedFile {
  /** What the user called it. */
  readonly name: string;
}

export interface ArchiveOptions extends SpoolOptions {
  /** What `-` reads; the standard input of the process unless told otherwise. */
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
}

// The user may name a pipe, as in <(docker save …); opening one waits for its writer, so it is done on the pool.
const openFile = promisify(fs.open);
const read = promisify(fs.read);

const bytesAtOnce = 1024 * 1024;

/**
 * A plain tar file is used where it is. Anything compressed, and anything that cannot be read in any order, is first
 * written to a private temporary file.
 *
 * @param path `-` is stdin.
 * @throws IMAGE_NOT_FOUND, ARCHIVE_INVALID, HOST_REFUSED, CODEC_CORRUPT, LIMIT_EXCEEDED
 */
export async function openArchive(path: string, options: ArchiveOptions = {}): Promise<OpenArchive> {
  if (path === '-') return named(await spool(options.stdin ?? process.stdin, 'stdin', options), 'stdin');
  const fd = await openNamed(path);
  let isKept = false;
  try {
    const facts = fs.fstatSync(fd);
    if (facts.isDirectory()) throw notFound(path, 'it is a directory, not an archive; perhaps oci: was meant');
    isKept = facts.isFile() && isPlain(fd);
    if (!isKept) return named(await spool(readChunks(fd, path), path, options), path);
    return named({ fd, offset: 0, size: facts.size, [Symbol.dispose]: () => fs.closeSync(fd) }, path);
  } finally {
    if (!isKept) fs.closeSync(fd);
  }
}

/**
 * The same for a stream, which is decompressed where it is compressed.
 * @param name what it is called in messages
 * @throws ARCHIVE_INVALID, CODEC_CORRUPT, LIMIT_EXCEEDED, HOST_REFUSED, what the chunks throw
 */
export async function spoolArchive(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
  options: SpoolOptions = {},
): Promise<OpenArchive> {
  return named(await spool(chunks, name, options), name);
}

function named(file: OpenedFile, name: string): OpenArchive {
  return { ...file, name };
}

async function openNamed(path: string): Promise<number> {
  try {
    return await openFile(path, 'r');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') throw notFound(path, 'there is no such file');
    throw asRefused('open', path, error);
  }
}

function isPlain(fd: number): boolean {
  const start = Buffer.alloc(6);
  const length = readFully(fd, start, 0);
  return (
    detectCompression(start.subarray(0, length)) === 'none' && !/^(?:\xfd7zXZ|BZh\d)/.test(start.toString('latin1'))
  );
}

async function* readChunks(fd: number, path: string): AsyncGenerator<Uint8Array> {
  for (;;) {
    const buffer = Buffer.allocUnsafe(bytesAtOnce);
    const { bytesRead } = await read(fd, buffer, 0, buffer.length, null).catch((error: unknown) => {
      throw asRefused('read', path, error);
    });
    if (bytesRead === 0) return;
    yield buffer.subarray(0, bytesRead);
  }
}

function notFound(reference: string, reason: string): HoldfastError {
  return new HoldfastError('IMAGE_NOT_FOUND', { reference, reason });
}

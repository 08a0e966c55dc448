/** Files that stand for locks where the system has none: each names a process, and means nothing once that is dead. */
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import { HoldfastError } from '../base/index.ts';
import { errnoOf } from '../host/index.ts';
import { type Directory, isNotAFile } from './directory.ts';

const mostBytes = 1024;
/** Past this, in milliseconds, a file without content was left by a process that died while it made it. */
const writingTakes = 10_000;

/**
 * Makes the file, if need be in place of one whose process is dead; undefined while its process lives. A process on
 * another host counts as alive. Disposing removes it.
 */
export function takeOwnership(directory: Directory, name: string): Disposable | undefined {
  for (;;) {
    const own = create(directory, name);
    if (own !== undefined) return own;
    if (!removeDead(directory, name)) return undefined;
  }
}

function create(directory: Directory, name: string): Disposable | undefined {
  try {
    using file = directory.create(name);
    const text = ownIdentity();
    fs.writeSync(file.fd, text);
    return { [Symbol.dispose]: () => removeOwn(directory, name, text) };
  } catch (error) {
    if (errnoOf(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** Whoever takes the place of a dead owner moves its file away first: only one can. */
function removeDead(directory: Directory, name: string): boolean {
  const text = read(directory, name);
  if (text === undefined) return true;
  if (isAlive(text, directory, name)) return false;
  const away = `${name}.${randomBytes(8).toString('hex')}`;
  try {
    directory.rename(directory, name, away);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true;
    throw error;
  }
  const moved = read(directory, away);
  // Another has been faster, and this is already its file: it goes back.
  if (moved !== text && moved !== undefined) directory.rename(directory, away, name);
  else directory.unlink(away);
  return moved === text;
}

function removeOwn(directory: Directory, name: string, text: string): void {
  if (read(directory, name) === text) directory.unlink(name);
}

function read(directory: Directory, name: string): string | undefined {
  const found = directory.find(name);
  if (found === undefined) return undefined;
  if (isNotAFile(found)) {
    throw new HoldfastError('STORE_INVALID', { directory: directory.path, reason: `${name} ${found.problem}` });
  }
  using file = found;
  const buffer = Buffer.alloc(mostBytes);
  return buffer.toString('utf8', 0, fs.readSync(file.fd, buffer, 0, mostBytes, 0));
}

function isAlive(text: string, directory: Directory, name: string): boolean {
  const [id = '', started = '', hostName = ''] = text.trimEnd().split(' ');
  if (!text.endsWith('\n')) {
    const changed = directory.look(name)?.mtimeMs;
    return changed !== undefined && Date.now() - Number(changed) < writingTakes;
  }
  if (hostName !== os.hostname()) return true;
  if (!isRunning(Number(id))) return false;
  return startOf(id) === started;
}

function isRunning(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function ownIdentity(): string {
  return `${process.pid} ${startOf(String(process.pid))} ${os.hostname()} ${randomBytes(8).toString('hex')}\n`;
}

/** When a process started, because its number may be another's by now; empty where that cannot be known. */
function startOf(id: string): string {
  try {
    const facts = fs.readFileSync(`/proc/${id}/stat`, 'latin1');
    // The name of the program, in parentheses, may hold anything (proc_pid_stat(5)).
    return facts.slice(facts.lastIndexOf(')') + 2).split(' ')[19] ?? '';
  } catch {
    return '';
  }
}

/** Runs a credential helper: one line in, one answer out, within limits. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { HoldfastError } from '../base/index.ts';

export interface HelperCall {
  /** What follows `docker-credential-`. */
  readonly helper: string;
  readonly action: 'get' | 'store' | 'erase';
  readonly input: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds. */
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

export interface HelperAnswer {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly output: string;
}

/** Bytes that a helper may write. */
const outputLimit = 256 * 1024;
/** Milliseconds in which the output of a helper that has ended must be there, whoever else holds its pipe. */
const afterwards = 500;
const namePattern = /^[a-z0-9._-]+$/;

/** @throws CREDENTIALS_INVALID when it is not there, takes too long or says too much; the reason of the signal */
export async function runHelper(call: HelperCall): Promise<HelperAnswer> {
  call.signal?.throwIfAborted();
  const program = findProgram(call);
  return new Promise((resolve, reject) => {
    const child = spawn(program, [call.action], { env: call.env, stdio: ['pipe', 'pipe', 'ignore'] });
    const pieces: Buffer[] = [];
    let size = 0;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      call.signal?.removeEventListener('abort', abort);
      child.kill('SIGKILL');
      child.stdout.destroy();
      child.stdin.destroy();
      finish();
    };
    const fail = (reason: string): void => settle(() => reject(helperFailed(call.helper, reason)));
    const abort = (): void => settle(() => reject(call.signal?.reason as Error));
    const done = (exitCode: number | null): void =>
      settle(() => resolve({ exitCode, output: Buffer.concat(pieces).toString() }));
    const timer = setTimeout(() => fail(`it has not answered within ${call.timeout / 1000} s`), call.timeout);
    call.signal?.addEventListener('abort', abort);
    child.on('error', (error: NodeJS.ErrnoException) => fail(`it cannot be run: ${error.code ?? error.name}`));
    child.on('exit', (exitCode) => setTimeout(() => done(exitCode), afterwards).unref());
    child.on('close', done);
    child.stdout.on('data', (piece: Buffer) => {
      size += piece.length;
      if (size > outputLimit) fail(`it has said more than ${outputLimit} bytes`);
      else pieces.push(piece);
    });
    // A helper that does not read what it is told has ended, or will say what it wants.
    child.stdin.on('error', () => undefined);
    child.stdin.end(call.input);
  });
}

/** An error that tells which helper, and nothing of what it said. */
export function helperFailed(helper: string, reason: string): HoldfastError {
  return new HoldfastError('CREDENTIALS_INVALID', { source: `docker-credential-${helper}`, reason });
}

/** From the PATH only, and only from whole paths in it: `.` would run what lies in the working directory. */
function findProgram({ helper, env }: HelperCall): string {
  if (!namePattern.test(helper)) throw helperFailed(helper, 'this cannot be the name of a credential helper');
  const directories = (env['PATH'] ?? '').split(delimiter).filter((directory) => isAbsolute(directory));
  const names = process.platform === 'win32' ? [`${helper}.exe`, helper] : [helper];
  const programs = directories.flatMap((directory) =>
    names.map((name) => join(directory, `docker-credential-${name}`)),
  );
  const program = programs.find(isExecutable);
  if (program === undefined)
    throw helperFailed(helper, 'the configuration asks for this helper, and it is not on the PATH');
  return program;
}

function isExecutable(path: string): boolean {
  try {
    fs.accessSync(path, fs.constants.X_OK);
    return fs.statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Runs the command in this process, which plays the process for it, or as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { PassThrough, Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { main } from '../../src/cli/index.ts';
import { cacheHome } from '../inspect/example.ts';

export interface CliOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: Uint8Array | Readable;
  readonly isTerminal?: boolean;
  /** Keeps what is printed where a test can look at it meanwhile. */
  readonly stdout?: Sink;
  /** What stdout answers to every write. */
  readonly stdoutError?: NodeJS.ErrnoException;
  readonly signals?: EventEmitter;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly bytes: Buffer;
}

/** A stream that keeps what it is given. */
export class Sink extends Writable {
  readonly chunks: Buffer[] = [];
  readonly isTTY: boolean;
  readonly columns = 80;
  readonly #error: NodeJS.ErrnoException | undefined;

  constructor(isTTY: boolean, error?: NodeJS.ErrnoException) {
    super({ decodeStrings: true });
    this.isTTY = isTTY;
    this.#error = error;
  }

  get text(): string {
    return String(Buffer.concat(this.chunks));
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error) => void): void {
    // A copy, because whoever writes may use the buffer again.
    if (this.#error === undefined) this.chunks.push(Buffer.from(chunk));
    done(this.#error);
  }
}

/** In this process. */
export async function cli(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const { isTerminal = false, env = {}, stdin, signals = new EventEmitter() } = options;
  const stdout = options.stdout ?? new Sink(isTerminal, options.stdoutError);
  const stderr = new Sink(isTerminal);
  let code = -1;
  await main(argv, {
    stdin: stdin instanceof Readable ? stdin : stdin ? Readable.from([Buffer.from(stdin)]) : new PassThrough(),
    stdout,
    stderr,
    env,
    signals,
    exit: (given) => {
      code = given;
    },
    setExitCode: (given) => {
      if (code < 0) code = given;
    },
  });
  const bytes = Buffer.concat(stdout.chunks);
  return { code, bytes, stdout: String(bytes), stderr: stderr.text };
}

const script = fileURLToPath(new URL('./run-main.ts', import.meta.url));

/** The command line that runs the command as a process of its own. */
export const program: readonly string[] = [process.execPath, script];

/** As a process of its own. */
export function spawnCli(argv: readonly string[]): ChildProcess {
  const [node = '', ...rest] = program;
  return spawn(node, [...rest, ...argv], { env: { ...process.env, XDG_CACHE_HOME: cacheHome } });
}

/** The process as a command sees it, so that a test can be the process. */
import type { Readable, Writable } from 'node:stream';

export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface CommandIo {
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signals: SignalSource;
  /** Ends the process at once. */
  exit(code: number): void;
  /** What the process ends with when nothing is left to do. */
  setExitCode(code: number): void;
}

export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown;
}

/** This process. */
export function processIo(): CommandIo {
  const { stdout, stderr, env } = process;
  return {
    get stdin() {
      return process.stdin;
    },
    stdout,
    stderr,
    env,
    signals: process,
    exit: (code) => process.exit(code),
    setExitCode: (code) => {
      process.exitCode = code;
    },
  };
}

/**
 * Runs one command and says what it cost.
 *
 * Wall time is taken around the process from here; processor time and peak memory come from GNU time, which asks
 * `wait4` about the command and every child it waited for. Peak memory is that of the largest single process.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Contender, Measure } from './job.ts';
import type { Scratch } from './scratch.ts';

export interface Failure {
  /** A line of what it said on stderr. */
  readonly failed: string;
}

/** Runs a contender's command once. Rejects only when `signal` aborts. */
export async function measure(contender: Contender, scratch: Scratch, signal: AbortSignal): Promise<Measure | Failure> {
  await contender.before?.();
  const facts = scratch.path('time.txt');
  const command = ['/usr/bin/time', '-o', facts, '-f', '%U %S %M', ...contender.command];
  const started = process.hrtime.bigint();
  const said = await run(command, contender.env ?? {}, signal);
  const wallMs = Number(process.hrtime.bigint() - started) / 1e6;
  return said === undefined ? { wallMs, ...readFacts(facts) } : { failed: said };
}

/**
 * Runs a command in a process group of its own. Gives `undefined`, or a line of what it said when it failed.
 * Rejects when `signal` aborts, after killing the group.
 */
export async function run(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<string | undefined> {
  signal.throwIfAborted();
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  const kill = (): void => killGroup(child.pid);
  signal.addEventListener('abort', kill, { once: true });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(0, 4096)));
  const code = await new Promise<number | string>((resolve) => {
    child.on('error', (error) => resolve(error.message));
    child.on('close', (status, killedBy) => resolve(status ?? `killed by ${killedBy}`));
  });
  signal.removeEventListener('abort', kill);
  signal.throwIfAborted();
  return code === 0 ? undefined : (tellingLine(stderr) ?? String(code));
}

/** Programs talk before they fail, and Node shows its own source first. */
function tellingLine(stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.find((line) => /error/i.test(line) && !line.startsWith('node:')) ?? lines[0];
}

function killGroup(leader: number | undefined): void {
  try {
    if (leader !== undefined) process.kill(-leader, 'SIGKILL');
  } catch {
    // It had ended already.
  }
}

/** The last line is the format's; one before it may tell the exit status. */
function readFacts(file: string): Omit<Measure, 'wallMs'> {
  const [user = 0, system = 0, kibibytes = 0] =
    readFileSync(file, 'utf8').trim().split('\n').at(-1)?.split(' ').map(Number) ?? [];
  return { cpuMs: (user + system) * 1000, peakBytes: kibibytes * 1024 };
}

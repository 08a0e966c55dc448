/** Runs a driver again and again under strace, and lets one system call of it fail or be its last, each time the next. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { type DriverRun, driverEnvironment, driverWords } from '../unpack/scratch.ts';
import { beginMarker, type DriverReport, endMarker } from './driver-report.ts';

export type Fault = 'SIGKILL' | 'ENOSPC' | 'EIO';

/** One system call, counted from the start of the process, and what becomes of it. */
export interface FaultPoint {
  readonly call: string;
  readonly nth: number;
  readonly fault: Fault;
}

export interface FaultOutcome {
  readonly point: FaultPoint;
  /** Undefined when a signal ended the process. */
  readonly exitCode: number | undefined;
  /** Undefined when the process was killed before its end. */
  readonly report: DriverReport | undefined;
}

/** Calls that make or change something. */
export const changingCalls = [
  'mkdirat',
  'openat',
  'pwrite64',
  'write',
  'ftruncate',
  'rename',
  'renameat2',
  'linkat',
  'symlinkat',
  'mknodat',
  'unlinkat',
  'fchownat',
  'fchmod',
  'chmod',
  'utimensat',
  'fsetxattr',
  'lsetxattr',
  'flock',
  'copy_file_range',
] as const;

/** Calls that look, and calls that end something. */
export const readingCalls = ['getdents64', 'statx', 'newfstatat', 'pread64'] as const;

const onlyThose = '--seccomp-bpf';

/** Why nothing can be injected here; undefined when it can. */
export const cannotInject = whyNot();

function whyNot(): string | undefined {
  const tried = spawnSync('strace', [onlyThose, '-f', '-e', 'trace=access', 'true'], { encoding: 'utf8' });
  if (tried.error) return 'strace is not installed';
  return tried.status === 0 ? undefined : `strace cannot trace here: ${tried.stderr.slice(0, 200)}`;
}

/** Every call of these kinds that a run makes between its begin and its end, with each of these faults. */
export function faultPoints(run: DriverRun, calls: readonly string[], faults: readonly Fault[]): FaultPoint[] {
  const trace = `${run.target}.trace`;
  fs.writeFileSync(trace, '');
  fs.chmodSync(trace, 0o666);
  warmUp(run);
  const [program = '', ...words] = traced([onlyThose, '-o', trace, '-e', `trace=access,${calls.join(',')}`], run);
  const done = spawnSync(program, words, { env: driverEnvironment, encoding: 'utf8' });
  assert.equal(done.status, 0, `the run succeeds without faults: ${done.stdout}${done.stderr}`);
  const lines = fs.readFileSync(trace, 'utf8').split('\n');
  fs.rmSync(trace);
  return pointsIn(lines).flatMap(({ makes, ...point }) =>
    faults.filter((fault) => fault !== 'ENOSPC' || makes).map((fault) => ({ ...point, fault })),
  );
}

interface CountedCall {
  readonly call: string;
  readonly nth: number;
  /** Whether a full file system can be noticed there. */
  readonly makes: boolean;
}

/** The first run compiles, and keeps what it compiled, with calls that no other run makes. */
function warmUp(run: DriverRun): void {
  const [program = '', ...words] = driverWords({ ...run, target: '' });
  spawnSync(program, words, { env: driverEnvironment });
}

/** strace counts the calls of each thread by itself; all that matters here happens in the first. */
function pointsIn(lines: readonly string[]): CountedCall[] {
  const [thread] = (lines[0] ?? '').split(' ');
  const counts = new Map<string, number>();
  const points: CountedCall[] = [];
  let isWorking = false;
  for (const line of lines) {
    const call = new RegExp(`^${thread} +([a-z0-9_]+)\\(`).exec(line)?.[1];
    if (call === undefined) continue;
    if (line.includes(endMarker)) return points;
    isWorking ||= line.includes(beginMarker);
    if (call === 'access') continue;
    const nth = (counts.get(call) ?? 0) + 1;
    counts.set(call, nth);
    const makes = call === 'openat' ? line.includes('O_CREAT') : !makesNothing.includes(call);
    if (isWorking) points.push({ call, nth, makes });
  }
  return assert.fail('the trace has an end');
}

const makesNothing: readonly string[] = ['unlinkat', 'fchmod', 'chmod', 'fchownat', 'utimensat', 'flock', 'statx'];

/** A run now and then makes fewer calls than the one that was counted, and so is not killed: it is made again. */
const mostAttempts = 4;

/** Runs for each point, two at a time, and hands each outcome on while nothing else of that run is under way. */
export async function sweep(
  points: readonly FaultPoint[],
  runFor: (point: FaultPoint) => DriverRun,
  check: (outcome: FaultOutcome, run: DriverRun) => Promise<void>,
): Promise<void> {
  const waiting = [...points];
  let killed = 0;
  const lane = async (): Promise<void> => {
    for (let point = waiting.shift(); point !== undefined; point = waiting.shift()) {
      for (let attempt = 1; attempt <= mostAttempts; attempt++) {
        const run = runFor(point);
        const outcome = await runWith(point, run);
        const isKilled = outcome.exitCode === undefined;
        if (point.fault === 'SIGKILL' && isKilled) killed++;
        try {
          await check(outcome, run);
        } catch (error) {
          const where = `${point.fault} at ${point.call} ${point.nth}: ${JSON.stringify(outcome)}`;
          throw new Error(where, { cause: error });
        }
        if (point.fault !== 'SIGKILL' || isKilled) break;
      }
    }
  };
  await Promise.all([lane(), lane()]);
  const toKill = points.filter(({ fault }) => fault === 'SIGKILL').length;
  // strace that sends no signals at all, as some versions do, must not pass for faults survived. How often a call is made varies with the load.
  assert.ok(killed >= 0.5 * toKill, `${killed} of ${toKill} runs were killed`);
}

function runWith(point: FaultPoint, run: DriverRun): Promise<FaultOutcome> {
  const what = point.fault === 'SIGKILL' ? 'signal=KILL' : `error=${point.fault}`;
  // Stopping only at the calls that matter is faster, and strace 6.1 then forgets to send signals.
  const stop = point.fault === 'SIGKILL' ? [] : [onlyThose];
  const inject = ['-e', `trace=${point.call}`, '-e', `inject=${point.call}:${what}:when=${point.nth}`];
  const [program = '', ...words] = traced([...stop, '-o', '/dev/null', ...inject], run);
  return new Promise((resolve, reject) => {
    const child = spawn(program, words, { env: driverEnvironment, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    let complaints = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (complaints += text));
    child.on('error', reject);
    child.on('close', (status, signal) => {
      // An event loop that cannot wake its threads aborts, which is as good as killed.
      const isKilled = signal !== null || (status ?? 0) > 128;
      if (!isKilled && !output.startsWith('{')) reject(new Error(`the driver reports: ${output}${complaints}`));
      const report = output.startsWith('{') ? (JSON.parse(output) as DriverReport) : undefined;
      resolve({ point, exitCode: isKilled ? undefined : (status ?? undefined), report });
    });
  });
}

/** The tracer stands between what changes the user and the driver. */
function traced(options: readonly string[], run: DriverRun): string[] {
  const { through = [], ...own } = run;
  return [...through, 'strace', '-f', '-qq', ...options, ...driverWords(own)];
}

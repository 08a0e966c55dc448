/** Runs one job: every contender in turn, round after round, so that a slow minute of the machine hits them all. */
import { type GoalResult, judge } from './goals.ts';
import type { Bench, Contender, Job, Measure } from './job.ts';
import { type Failure, measure, run } from './measure.ts';

export interface Row {
  readonly id: string;
  readonly title: string;
  readonly note: string | null;
  readonly runs: readonly Measure[];
  /** Of each figure by itself; `null` when the contender failed. */
  readonly median: Measure | null;
  /** A line of what it said when it failed. */
  readonly failed: string | null;
}

export interface JobResult {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly goals: readonly GoalResult[];
}

/** Rejects only when the bench is interrupted or an image cannot be made. */
export async function runJob(job: Job, given: Omit<Bench, 'lifetime'>, rounds: number): Promise<JobResult> {
  using lifetime = new DisposableStack();
  const bench = { ...given, lifetime };
  const contenders = await job.contenders(bench);
  const runs = new Map<Contender, Measure[]>(contenders.map((contender) => [contender, []]));
  const failures = new Map<Contender, Failure>();
  for (const contender of contenders) await fillCache(contender, bench, failures);
  for (let round = 1; round <= rounds; round += 1) {
    for (const contender of contenders.filter((one) => !failures.has(one))) {
      const result = await measure(contender, bench.scratch, bench.signal);
      if ('failed' in result) failures.set(contender, result);
      else runs.get(contender)?.push(result);
    }
    process.stderr.write(`bench: ${job.name}, round ${round} of ${rounds}\n`);
  }
  const rows = contenders.map((contender) => toRow(contender, runs.get(contender) ?? [], failures.get(contender)));
  const medians = new Map(rows.flatMap(({ id, median }) => (median === null ? [] : [[id, median] as const])));
  return { name: job.name, title: job.title, rows, goals: judge(job.goals, medians) };
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}

async function fillCache(contender: Contender, bench: Bench, failures: Map<Contender, Failure>): Promise<void> {
  if (contender.once === undefined) return;
  const failed = await run(contender.once, contender.env ?? {}, bench.signal);
  if (failed !== undefined) failures.set(contender, { failed });
}

function toRow({ id, title, note }: Contender, runs: readonly Measure[], failure: Failure | undefined): Row {
  const over = (pick: (run: Measure) => number): number => medianOf(runs.map(pick));
  const median =
    failure === undefined
      ? {
          wallMs: over(({ wallMs }) => wallMs),
          cpuMs: over(({ cpuMs }) => cpuMs),
          peakBytes: over(({ peakBytes }) => peakBytes),
        }
      : null;
  return { id, title, note: note ?? null, runs, median, failed: failure?.failed ?? null };
}

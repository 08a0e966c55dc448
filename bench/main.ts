/** `npm run bench`: Holdfast and every installed peer, in the same run on the same machine. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type BenchImage, copyImage, labImage } from './images.ts';
import type { Job } from './job.ts';
import { jobs } from './jobs/index.ts';
import { thisMachine } from './machine.ts';
import { buildHoldfast } from './programs.ts';
import { type Report, renderReport } from './report.ts';
import { type JobResult, runJob } from './run-job.ts';
import { memoryScratch } from './scratch.ts';

const usage = `usage: npm run bench -- [options]
  --job NAME     one of ${jobs.map(({ name }) => name).join(', ')}; may be repeated (default: all but huge-file)
  --full         all jobs
  --rounds N     runs of each row (default 5)
  --json FILE    where the figures go (default bench/results/DATE.json)
  --markdown     print Markdown, for docs/performance.md
  --from FILE    run nothing: print the figures of an earlier run
  --no-build     measure dist/ as it is`;

type Flags = ReturnType<typeof parseFlags>;

process.exitCode = await main();

async function main(): Promise<number> {
  const flags = readFlags();
  if (flags === undefined) return say(usage, 2);
  if (flags.help) return say(usage, 0);
  if (flags.from !== undefined) return print(JSON.parse(readFileSync(flags.from, 'utf8')) as Report, flags);
  const chosen = jobs.filter(({ name, full = false }) =>
    flags.job.length > 0 ? flags.job.includes(name) : flags.full || !full,
  );
  if (!existsSync('/usr/bin/time'))
    return say('bench: needs GNU time at /usr/bin/time (Debian package "time"; npm run lab)', 1);
  if (flags.build && !buildHoldfast()) say('bench: the build failed; measuring what is in dist/', 1);
  return await measureAll(chosen, flags);
}

function readFlags(): Flags | undefined {
  try {
    const flags = parseFlags();
    const known = flags.job.every((wanted) => jobs.some(({ name }) => name === wanted));
    return known && /^[1-9][0-9]*$/.test(flags.rounds) ? flags : undefined;
  } catch {
    return undefined;
  }
}

function parseFlags() {
  return parseArgs({
    allowNegative: true,
    options: {
      job: { type: 'string', multiple: true, default: [] },
      full: { type: 'boolean', default: false },
      rounds: { type: 'string', default: '5' },
      json: { type: 'string' },
      markdown: { type: 'boolean', default: false },
      from: { type: 'string' },
      build: { type: 'boolean', default: true },
      help: { type: 'boolean', default: false },
    },
  }).values;
}

async function measureAll(chosen: readonly Job[], flags: Flags): Promise<number> {
  const rounds = Number(flags.rounds);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort());
  using scratch = memoryScratch();
  let copied: BenchImage | undefined;
  const big = (): BenchImage => (copied ??= copyImage(labImage('big'), scratch));
  const results: JobResult[] = [];
  try {
    for (const job of chosen) results.push(await runJob(job, { scratch, big, signal: stop.signal }, rounds));
  } catch (error) {
    if (stop.signal.aborted) return say('bench: interrupted', 130);
    return say(`bench: ${error instanceof Error ? error.message : String(error)}`, 1);
  }
  const date = new Date().toISOString();
  const report = { date: date.slice(0, 10), machine: thisMachine(), rounds, jobs: results };
  save(report, flags.json ?? join(import.meta.dirname, 'results', `${date.replaceAll(':', '-')}.json`));
  return print(report, flags);
}

function save(report: Report, file: string): void {
  if (!existsSync(dirname(file))) mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`);
  say(`bench: figures are in ${file}`, 0);
}

function print(report: Report, flags: Flags): number {
  process.stdout.write(renderReport(report, flags.markdown ? 'markdown' : 'text'));
  return 0;
}

function say(text: string, exitCode: number): number {
  process.stderr.write(`${text}\n`);
  return exitCode;
}

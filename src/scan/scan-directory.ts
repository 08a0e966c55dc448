/** A live directory as a tree, read by several threads. */
import os from 'node:os';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { defaultLimits, type Limits, type OperationOptions } from '../base/index.ts';
import { host } from '../host/index.ts';
import { sortByKey, walkOrderKey } from '../tree/index.ts';
import { assemble } from './assemble.ts';
import { DirectoryScanner } from './directory-scanner.ts';
import type { ScannedLane, ScanPlan } from './scan-plan.ts';
import { ExtraThreads } from './extra-threads.ts';
import type { KnownRows } from './known-rows.ts';
import { liveFacts } from './live-facts.ts';
import { LiveTree } from './live-tree.ts';
import { openRoot } from './open-root.ts';
import { receivedLane, type ScanTask, type SentLane } from './scan-lane.ts';
import { ScanStopped, WorkQueue } from './work-queue.ts';

export interface ScanOptions extends Pick<OperationOptions, 'signal'> {
  /** Paths and globs, as `ignoreList` reads them, that are not looked at, each with everything below. */
  readonly ignore?: readonly string[];
  /** Go on where something is mounted, too. */
  readonly crossMounts?: boolean;
  /** Take xattrs that belong to the host's own policy into the tree, such as security.selinux. */
  readonly hostXattrs?: boolean;
  /** Threads; by default one for each processor. */
  readonly jobs?: number;
  readonly limits?: Limits;
  /**
   * What stood there when it was last known. The tree then holds all directories, and of the rest only what was touched
   * since, is new, or has several names; `known.untouched` says what is left out.
   */
  readonly known?: KnownRows;
}

/** With fewer names than this, another thread costs more than it brings. */
const namesForOneThread = 1500;
/** So long, in milliseconds, this thread does nothing else. */
const sliceMs = 20;

/**
 * Reads the tree that stands in a directory: kinds, owners, modes, times, xattrs, device numbers, texts of links and
 * which names are one inode; no content. Everything is reached by handle, name by name, and no link is followed but at
 * the end of `directory` itself. Where something is mounted it stops, unless told otherwise. What changes meanwhile,
 * cannot be read or cannot be in a tree is left out and reported.
 *
 * The result holds the directory open until it is disposed of.
 *
 * @throws IMAGE_NOT_FOUND when there is no such directory, HOST_REFUSED, LIMIT_EXCEEDED, the reason of the signal
 */
export async function scanDirectory(directory: string, options: ScanOptions = {}): Promise<LiveTree> {
  const { signal, crossMounts = false, hostXattrs = false } = options;
  signal?.throwIfAborted();
  const root = openRoot(directory);
  try {
    const limits = options.limits ?? defaultLimits;
    const { ignore = [], known } = options;
    const plan = { root, ignore, crossMounts, hostXattrs, limits, known };
    const lanes = await scanLanes(plan, options);
    const { tree, rows } = assemble(lanes);
    const problems = sortByKey(allOf(lanes, 'problems'), ({ path }) => walkOrderKey(path));
    const ignored = sortByKey(allOf(lanes, 'ignored'), walkOrderKey);
    return new LiveTree({ root, tree, rows, facts: liveFacts({ hostXattrs }), problems, ignored });
  } catch (error) {
    host.close(root);
    throw error;
  }
}

function allOf<Key extends 'problems' | 'ignored'>(
  lanes: readonly ScannedLane[],
  key: Key,
): ScannedLane[Key][number][] {
  return lanes.flatMap((lane): readonly ScannedLane[Key][number][] => lane[key]);
}

async function scanLanes(plan: ScanPlan, { signal, jobs }: ScanOptions): Promise<ScannedLane[]> {
  const queue = new WorkQueue();
  const cancel = (): void => queue.cancel();
  signal?.addEventListener('abort', cancel, { once: true });
  const script = new URL(`./scan-worker${path.extname(import.meta.filename)}`, import.meta.url);
  const others = (jobs ?? os.availableParallelism()) - 1;
  await using threads = new ExtraThreads<ScanTask, SentLane>(script, { plan, queue: queue.buffer }, others, cancel);
  const failures: unknown[] = [];
  const lanes: ScannedLane[] = [];
  try {
    lanes.push(await runHere(plan, queue, threads));
  } catch (error) {
    failures.push(error);
    cancel();
  }
  await threads.ended(queue.lanes.close() - 1);
  signal?.removeEventListener('abort', cancel);
  signal?.throwIfAborted();
  failures.push(...threads.failures);
  if (failures.length > 0) throw failures.find((error) => !isStop(error)) ?? failures[0];
  return [...lanes, ...threads.results.map(receivedLane)].sort((a, b) => a.lane - b.lane);
}

function isStop(error: unknown): boolean {
  return error instanceof Error && error.name === ScanStopped.name;
}

/** This thread's part. It calls for help when there is enough to do, and lets others have their turn now and then. */
async function runHere(
  plan: ScanPlan,
  queue: WorkQueue,
  threads: Pick<ExtraThreads<ScanTask, SentLane>, 'call'>,
): Promise<ScannedLane> {
  using scanner = new DirectoryScanner(plan, queue.lanes.join() ?? 0, queue);
  scanner.giveRoot();
  if ((plan.known?.untouched.length ?? 0) > namesForOneThread) threads.call();
  let sliceEnd = performance.now() + sliceMs;
  for (let item = await queue.takeWhenThere(); item !== undefined; item = await queue.takeWhenThere()) {
    scanner.begin(item);
    while (scanner.advance()) {
      if (scanner.length > namesForOneThread) threads.call();
      if (performance.now() < sliceEnd) continue;
      await setImmediate();
      sliceEnd = performance.now() + sliceMs;
    }
    queue.finish();
  }
  return scanner.finish();
}

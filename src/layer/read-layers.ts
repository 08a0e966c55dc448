/** Reads the layers of an image, in parallel, each in its own thread. */
import os from 'node:os';
import path from 'node:path';
import pLimit from 'p-limit';
import { type EngineEvent, isHoldfastError, type Limits, type OperationOptions, shortDigest } from '../base/index.ts';
import { ArrivalFailed, type Delivery, WorkerPool } from '../pool/index.ts';
import { BodyDigests, saveDigests } from './body-digests.ts';
import { saveIndex } from './index-cache.ts';
import type { LayerIndex } from './layer-index.ts';
import { indexOf, type LayerOutput, type LayerTask, type LayerTaskResult, runLayerTask } from './layer-task.ts';
import type { RowRefusal } from './body-files.ts';
import { ScanControl, ScanCancelled } from './scan-control.ts';
import type { LayerSource } from './scan-layer.ts';

export interface ReadLayersOptions extends OperationOptions {
  readonly limits: Limits;
  /** Threads; by default twice the processors, because layers differ in size. */
  readonly jobs?: number | undefined;
}

/** Where the blob of a layer is, and its delivery where that is still on its way. */
export interface LocatedLayer extends Pick<LayerSource, 'file' | 'offset'> {
  readonly delivery?: Delivery | undefined;
}

/**
 * A layer to read. Opening it may take as long as another process does that fetches the same blob; that one may be
 * waiting for a blob of ours, so that each is read as soon as it is open.
 */
export interface PendingLayer extends Omit<LayerSource, keyof LocatedLayer | 'arrival'> {
  open(): Promise<LocatedLayer>;
}

export interface ReadLayer {
  readonly index: LayerIndex;
  readonly refusals: readonly RowRefusal[];
  /** Where they were wanted. */
  readonly digests?: BodyDigests;
}

/** Below this many stored bytes a thread costs more than it brings. */
const inlineBytes = 2 * 1024 * 1024;
const progressIntervalMs = 100;

/**
 * Reads and verifies every layer; `outputFor` says what becomes of the content. Indexes and digests go to the cache. The first
 * failure stops the other threads and is thrown when all have stopped.
 * @throws the codes of `scanLayer`, or the reason of the signal
 */
export async function readLayers(
  sources: readonly PendingLayer[],
  outputFor: (source: PendingLayer) => LayerOutput,
  options: ReadLayersOptions,
): Promise<ReadLayer[]> {
  options.signal?.throwIfAborted();
  const highest = sources.reduce((number, source) => Math.max(number, source.number), 0);
  const control = new ScanControl(options.limits, { layers: highest });
  const cancelled = Promise.withResolvers<never>();
  cancelled.promise.catch(() => undefined);
  const cancel = (): void => {
    control.cancel();
    cancelled.reject(new ScanCancelled());
  };
  options.signal?.addEventListener('abort', cancel, { once: true });
  const progress = reportProgress(sources, control, options.onEvent);
  const deliveries = new Set<Delivery>();
  await using runner = createRunner(sources, () => deliveries.size === 0, options.jobs);
  try {
    const byNumber = new Map<number, LayerTaskResult>();
    // The longest first: then no thread is left alone with one at the end.
    const tasks = [...sources]
      .sort((a, b) => b.size - a.size)
      .map(async (source) => {
        const located = await Promise.race([source.open(), cancelled.promise]);
        watch(located, source.size, deliveries);
        const task = { limits: options.limits, control: control.buffer, output: outputFor(source) };
        const layer = { ...factsOf(source), ...located };
        byNumber.set(source.number, await readDelivered(layer, (from) => runner.run({ ...task, source: from })));
        progress.done(source);
      });
    await allOrFirstFailure(tasks, cancel);
    const results = sources.map(({ number }) => byNumber.get(number));
    return results.filter((result) => result !== undefined).map(keep);
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  } finally {
    progress.stop();
    options.signal?.removeEventListener('abort', cancel);
  }
}

function factsOf({ number, digest, size, mediaType, diffId }: PendingLayer): Omit<PendingLayer, 'open'> {
  return { number, digest, size, mediaType, diffId };
}

/** Keeps a delivery in the set while there is more to come. */
function watch({ delivery }: LocatedLayer, size: number, deliveries: Set<Delivery>): void {
  if (delivery === undefined || delivery.arrival.bytes >= size) return;
  deliveries.add(delivery);
  const end = (): void => void deliveries.delete(delivery);
  delivery.arrived.then(end, end);
}

/** Tells whoever delivers a blob what became of it; an end of the delivery is reported with its own reason. */
async function readDelivered<Result>(
  { delivery, ...source }: LayerSource & LocatedLayer,
  read: (source: LayerSource) => Promise<Result>,
): Promise<Result> {
  if (delivery === undefined) return await read(source);
  try {
    const result = await read({ ...source, arrival: delivery.arrival.buffer });
    await delivery.arrived;
    await delivery.settle();
    return result;
  } catch (error) {
    await delivery.settle(error);
    if (error instanceof Error && error.name === ArrivalFailed.name) await withLayer(delivery.arrived, source);
    throw error;
  }
}

async function withLayer(arrived: Promise<void>, { number, digest }: LayerSource): Promise<void> {
  try {
    await arrived;
  } catch (error) {
    throw isHoldfastError(error) ? error.inLayer({ number, digest }) : error;
  }
}

function keep(result: LayerTaskResult): ReadLayer {
  const index = indexOf(result);
  saveIndex(index);
  const { refusals, digests } = result;
  if (digests === undefined) return { index, refusals };
  saveDigests(index, digests);
  return { index, refusals, digests: new BodyDigests(index.table, digests) };
}

interface Runner extends AsyncDisposable {
  run(task: LayerTask): Promise<LayerTaskResult>;
}

/** @param isFree whether this thread receives nothing now */
function createRunner(
  sources: readonly PendingLayer[],
  isFree: () => boolean,
  jobs = 2 * os.availableParallelism(),
): Runner {
  const bytes = sources.reduce((sum, source) => sum + source.size, 0);
  if (bytes < inlineBytes) {
    // Each has buffers of its own, and koffi refuses more than 256 calls at once.
    const limit = pLimit(jobs);
    return { run: (task) => limit(runLayerTask, task), [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  const script = new URL(`./layer-worker${path.extname(import.meta.url)}`, import.meta.url);
  return new WorkerPool<LayerTask, LayerTaskResult>(script, Math.min(jobs, sources.length), runLayerTask, isFree);
}

/** Waits for all to settle, so that nothing works on afterwards; then throws the failure that came first, if any. */
async function allOrFirstFailure(tasks: readonly Promise<void>[], onFailure: () => void): Promise<void> {
  const failures: unknown[] = [];
  const noteFailure = (error: unknown): void => {
    failures.push(error);
    onFailure();
  };
  await Promise.all(tasks.map((task) => task.catch(noteFailure)));
  if (failures.length > 0) throw failures.find((error) => !isCancellation(error)) ?? failures[0];
}

function isCancellation(error: unknown): boolean {
  return error instanceof Error && error.name === ScanCancelled.name;
}

function reportProgress(
  sources: readonly PendingLayer[],
  control: ScanControl,
  onEvent: ((event: EngineEvent) => void) | undefined,
): { done(source: PendingLayer): void; stop(): void } {
  if (onEvent === undefined) return { done: () => {}, stop: () => {} };
  const tell = (): void => {
    for (const { number, digest, size } of sources) {
      const bytes = control.bytesRead(number);
      onEvent({ kind: 'layer-progress', layer: number, digest: shortDigest(digest), bytes, totalBytes: size });
    }
  };
  const timer = setInterval(tell, progressIntervalMs);
  return {
    done: ({ number, digest, size }) => {
      onEvent({ kind: 'layer-done', layer: number, digest: shortDigest(digest), bytes: size });
    },
    stop: () => clearInterval(timer),
  };
}

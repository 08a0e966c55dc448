/** Reads the layers of an image, in parallel, each in its own thread. */
import os from 'node:os';
import path from 'node:path';
import { type EngineEvent, isHoldfastError, type Limits, type OperationOptions, shortDigest } from '../base/index.ts';
import { ArrivalFailed, type Delivery, WorkerPool } from '../pool/index.ts';
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

/** A layer to read, and the delivery of its blob where that is still on its way. */
export interface DeliveredLayer extends LayerSource {
  readonly delivery?: Delivery | undefined;
}

export interface ReadLayer {
  readonly index: LayerIndex;
  readonly refusals: readonly RowRefusal[];
}

/** Below this many stored bytes a thread costs more than it brings. */
const inlineBytes = 2 * 1024 * 1024;
const progressIntervalMs = 100;

/**
 * Reads and verifies every layer; `outputFor` says what becomes of the content. Indexes go to the cache. The first
 * failure stops the other threads and is thrown when all have stopped.
 * @throws the codes of `scanLayer`, or the reason of the signal
 */
export async function readLayers(
  sources: readonly DeliveredLayer[],
  outputFor: (source: LayerSource) => LayerOutput,
  options: ReadLayersOptions,
): Promise<ReadLayer[]> {
  options.signal?.throwIfAborted();
  const highest = sources.reduce((number, source) => Math.max(number, source.number), 0);
  const control = new ScanControl(options.limits, { layers: highest });
  const cancel = (): void => control.cancel();
  options.signal?.addEventListener('abort', cancel, { once: true });
  const progress = reportProgress(sources, control, options.onEvent);
  await using runner = createRunner(sources, options.jobs);
  try {
    const byNumber = new Map<number, LayerTaskResult>();
    // The longest first: then no thread is left alone with one at the end.
    const tasks = [...sources]
      .sort((a, b) => b.size - a.size)
      .map(async (source) => {
        const task = { limits: options.limits, control: control.buffer, output: outputFor(source) };
        byNumber.set(source.number, await readDelivered(source, (layer) => runner.run({ ...task, source: layer })));
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

/** Tells whoever delivers a blob what became of it; an end of the delivery is reported with its own reason. */
async function readDelivered<Result>(
  { delivery, ...source }: DeliveredLayer,
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
  return { index, refusals: result.refusals };
}

interface Runner extends AsyncDisposable {
  run(task: LayerTask): Promise<LayerTaskResult>;
}

function createRunner(sources: readonly DeliveredLayer[], jobs = 2 * os.availableParallelism()): Runner {
  const bytes = sources.reduce((sum, source) => sum + source.size, 0);
  if (bytes < inlineBytes) return { run: runLayerTask, [Symbol.asyncDispose]: () => Promise.resolve() };
  const script = new URL(`./layer-worker${path.extname(import.meta.url)}`, import.meta.url);
  // While blobs are on their way, this thread is the one that receives them.
  const isArriving = sources.some(({ delivery, size }) => delivery !== undefined && delivery.arrival.bytes < size);
  const runHere = isArriving ? undefined : runLayerTask;
  return new WorkerPool<LayerTask, LayerTaskResult>(script, Math.min(jobs, sources.length), runHere);
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
  sources: readonly LayerSource[],
  control: ScanControl,
  onEvent: ((event: EngineEvent) => void) | undefined,
): { done(source: LayerSource): void; stop(): void } {
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

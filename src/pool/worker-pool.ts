import { Worker } from 'node:worker_threads';
import { errorFromJson } from '../base/index.ts';
import type { Answer } from './serve-tasks.ts';

interface Job<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Worker threads, each running one task at a time; more tasks wait in line. This thread takes part where it would only
 * wait otherwise, because a worker costs tens of milliseconds to start.
 */
export class WorkerPool<Input, Output> implements AsyncDisposable {
  readonly #script: URL;
  readonly #size: number;
  readonly #runHere: ((input: Input) => Promise<Output>) | undefined;
  readonly #isFree: () => boolean;
  #isBusyHere = false;
  readonly #idle: Worker[] = [];
  readonly #all = new Set<Worker>();
  readonly #waiting: Job<Input, Output>[] = [];
  readonly #running = new Map<Worker, Job<Input, Output>>();

  /**
   * @param size tasks at once
   * @param runHere undefined when this thread never takes part
   * @param isFree whether this thread has nothing else to do now
   */
  constructor(script: URL, size: number, runHere?: (input: Input) => Promise<Output>, isFree = () => true) {
    this.#script = script;
    this.#size = size;
    this.#runHere = runHere;
    this.#isFree = isFree;
  }

  /** Rejects with what the task threw. */
  run(input: Input): Promise<Output> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ input, resolve, reject });
      this.#dispatch();
    });
  }

  /** Ends the threads; tasks must have settled. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#all].map((worker) => worker.terminate()));
  }

  #dispatch(): void {
    const job = this.#waiting[0];
    if (job === undefined || this.#running.size + (this.#isBusyHere ? 1 : 0) >= this.#size) return;
    this.#waiting.shift();
    if (this.#runHere !== undefined && !this.#isBusyHere && this.#isFree()) {
      return void this.#runInThisThread(job, this.#runHere);
    }
    const worker = this.#idle.pop() ?? this.#start();
    this.#running.set(worker, job);
    worker.postMessage(job.input);
  }

  async #runInThisThread(job: Job<Input, Output>, run: (input: Input) => Promise<Output>): Promise<void> {
    this.#isBusyHere = true;
    try {
      job.resolve(await run(job.input));
    } catch (error) {
      job.reject(error);
    }
    this.#isBusyHere = false;
    this.#dispatch();
  }

  #start(): Worker {
    const worker = new Worker(this.#script, { trackUnmanagedFds: false });
    this.#all.add(worker);
    worker.on('message', (answer: Answer<Output>) => this.#settle(worker, answer));
    worker.on('error', (error) => this.#fail(worker, error));
    worker.on('exit', () => this.#fail(worker, new Error('a worker thread ended unexpectedly')));
    return worker;
  }

  #settle(worker: Worker, answer: Answer<Output>): void {
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    this.#idle.push(worker);
    if (answer.kind === 'result') job?.resolve(answer.output);
    else if (answer.kind === 'error') job?.reject(errorFromJson(answer.error));
    else job?.reject(Object.assign(new Error(answer.message), { name: answer.name, stack: answer.stack }));
    this.#dispatch();
  }

  #fail(worker: Worker, error: unknown): void {
    this.#all.delete(worker);
    const idle = this.#idle.indexOf(worker);
    if (idle >= 0) this.#idle.splice(idle, 1);
    const job = this.#running.get(worker);
    this.#running.delete(worker);
    job?.reject(error);
    this.#dispatch();
  }
}

import { WorkerPool } from '../pool/index.ts';

/** Threads that are started when there is enough to do, and all do the same task: they share the work among themselves. */
export class ExtraThreads<Task, Result> implements AsyncDisposable {
  /** Of those that joined. */
  readonly results: Result[] = [];
  readonly failures: unknown[] = [];
  readonly #script: URL;
  readonly #task: Task;
  readonly #count: number;
  readonly #onFailure: () => void;
  #pool: WorkerPool<Task, Result | undefined> | undefined;
  #wake = (): void => {};

  /**
   * @param script answers the task with undefined where it came too late to join
   * @param onFailure tells the others to stop, for a thread that ended unexpectedly cannot do so
   */
  constructor(script: URL, task: Task, count: number, onFailure: () => void) {
    this.#script = script;
    this.#task = task;
    this.#count = count;
    this.#onFailure = onFailure;
  }

  /** Starts them; more than once does nothing more. */
  call(): void {
    if (this.#pool !== undefined || this.#count < 1) return;
    this.#pool = new WorkerPool(this.#script, this.#count);
    for (let number = 0; number < this.#count; number++) void this.#run(this.#pool);
  }

  /** Waits until so many have come to their end. */
  async ended(joined: number): Promise<void> {
    while (this.results.length + this.failures.length < joined) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool?.[Symbol.asyncDispose]();
  }

  async #run(pool: WorkerPool<Task, Result | undefined>): Promise<void> {
    try {
      const result = await pool.run(this.#task);
      if (result !== undefined) this.results.push(result);
    } catch (error) {
      this.failures.push(error);
      this.#onFailure();
    }
    this.#wake();
  }
}

/** The body of an answer: what has arrived and was not read yet, between a connection and its one reader. */
import type { Slot } from './host-lanes.ts';

/** What the connection offers. */
export interface Flow {
  pause(): void;
  resume(): void;
  abort(): void;
}

/** Bytes: above the first the connection has to wait, below the second it goes on. */
const full = 1 << 20;
const low = 1 << 18;

/** A body that is dropped is read to its end if that is near, because its connection is worth keeping. */
const worthDraining = 1 << 16;
const drainingPatience = 1000;

export class ResponseBody implements AsyncIterable<Uint8Array> {
  readonly #flow: Flow;
  readonly #slot: Slot;
  readonly #chunks: Uint8Array[] = [];
  #size = 0;
  #isPaused = false;
  #isDiscarded = false;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #failure: unknown;
  readonly #signal: AbortSignal;
  #waiters: (() => void)[] = [];

  constructor(flow: Flow, slot: Slot, signal: AbortSignal) {
    this.#flow = flow;
    this.#slot = slot;
    this.#signal = signal;
    slot.setWanted(false);
  }

  push(chunk: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#size += chunk.length;
    if (this.#isDiscarded) {
      if (this.#size > worthDraining) this.#cut();
      return;
    }
    this.#chunks.push(chunk);
    if (this.#size >= full && !this.#isPaused) {
      this.#isPaused = true;
      this.#flow.pause();
    }
    this.#notify();
  }

  end(): void {
    this.#settle('ended');
  }

  /** What has arrived is still given to the reader, then the failure. */
  fail(error: unknown): void {
    this.#failure = error;
    this.#settle('failed');
  }

  /** Ends it because nobody wants it any more; a reader gets the reason of the signal. */
  abort(): void {
    this.#chunks.length = 0;
    if (this.#state === 'open') this.#cut();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        this.#signal.throwIfAborted();
        const chunk = this.#take();
        if (chunk !== undefined) {
          this.#slot.setWanted(false);
          yield chunk;
        } else if (this.#state === 'failed') {
          throw this.#failure;
        } else if (this.#state === 'ended') {
          return;
        } else {
          this.#slot.setWanted(true);
          await this.#change();
        }
      }
    } finally {
      if (this.#state === 'open') this.#cut();
    }
  }

  /** Drops what is left. Never fails. */
  async discard(): Promise<void> {
    this.#chunks.length = 0;
    if (this.#state !== 'open') return;
    this.#isDiscarded = true;
    this.#size = 0;
    this.#resume();
    const timer = setTimeout(() => this.#cut(), drainingPatience);
    while (this.#isOpen()) await this.#change();
    clearTimeout(timer);
  }

  #isOpen(): boolean {
    return this.#state === 'open';
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#chunks.shift();
    if (chunk === undefined) return undefined;
    this.#size -= chunk.length;
    if (this.#size <= low) this.#resume();
    return chunk;
  }

  #resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    this.#flow.resume();
  }

  #cut(): void {
    this.end();
    this.#flow.abort();
  }

  #settle(state: 'ended' | 'failed'): void {
    if (this.#state !== 'open') return;
    this.#state = state;
    this.#slot.release();
    this.#notify();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#waiters.push(resolve));
  }

  #notify(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}

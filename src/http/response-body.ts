/** The body of an answer: what has arrived and was not read yet, between a connection and its one reader. */
import { tooSlow } from './failure-code.ts';
import type { Slot } from './host-lanes.ts';

/** What the connection offers. */
export interface Flow {
  pause(): void;
  resume(): void;
  /** @param reason what a reader is told, in the end; unless given it is not to be told anything */
  abort(reason?: Error): void;
}

/** Bytes: above the first the connection has to wait, below the second it goes on. */
const full = 1 << 20;
const low = 1 << 18;

/** Bytes a second, over a whole time of patience: whoever gives less has stopped, or wants to be waited for. */
const slowest = 100;

/** Chunks that were taken, before the others are moved up. */
const mostTaken = 10_000;

/** A body that is dropped is read to its end if that is near, because its connection is worth keeping. */
const worthDraining = 1 << 16;
const drainingPatience = 1000;

export class ResponseBody implements AsyncIterable<Uint8Array> {
  readonly #flow: Flow;
  readonly #slot: Slot;
  #chunks: Uint8Array[] = [];
  /** How many of the chunks are taken: each `shift` would move all that are left. */
  #taken = 0;
  #size = 0;
  #isPaused = false;
  #isDiscarded = false;
  #state: 'open' | 'ended' | 'failed' = 'open';
  #failure: unknown;
  readonly #signal: AbortSignal;
  readonly #patience: number;
  /** What has arrived, and the milliseconds of waiting for it, since the last time that was enough. */
  #arrived = 0;
  #waited = 0;
  #waiters: (() => void)[] = [];

  /** @param patience milliseconds in which something has to come */
  constructor(flow: Flow, slot: Slot, signal: AbortSignal, patience: number) {
    this.#flow = flow;
    this.#slot = slot;
    this.#signal = signal;
    this.#patience = patience;
    slot.setWanted(false);
  }

  push(chunk: Uint8Array): void {
    if (this.#state !== 'open') return;
    this.#size += chunk.length;
    this.#arrived += chunk.length;
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
    this.#forget();
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
          await this.#more();
        }
      }
    } finally {
      if (this.#state === 'open') this.#cut();
    }
  }

  /** Drops what is left. Never fails. */
  async discard(): Promise<void> {
    this.#forget();
    if (this.#state !== 'open') return;
    this.#isDiscarded = true;
    this.#size = 0;
    this.#resume();
    const timer = setTimeout(() => this.#cut(), drainingPatience);
    while (this.#isOpen()) await this.#change();
    clearTimeout(timer);
  }

  /** Waits for more. A reader that takes its time is not held against the other side. */
  async #more(): Promise<void> {
    const begun = performance.now();
    await this.#change();
    this.#waited += performance.now() - begun;
    if (this.#waited < this.#patience) return;
    const isSlow = this.#arrived < (this.#waited / 1000) * slowest;
    if (isSlow && this.#state === 'open') this.#flow.abort(tooSlow());
    this.#arrived = 0;
    this.#waited = 0;
  }

  #isOpen(): boolean {
    return this.#state === 'open';
  }

  #take(): Uint8Array | undefined {
    const chunk = this.#chunks[this.#taken];
    if (chunk === undefined) return undefined;
    this.#taken++;
    if (this.#taken === this.#chunks.length) this.#forget();
    else if (this.#taken >= mostTaken) {
      this.#chunks = this.#chunks.slice(this.#taken);
      this.#taken = 0;
    }
    this.#size -= chunk.length;
    if (this.#size <= low) this.#resume();
    return chunk;
  }

  #forget(): void {
    this.#chunks = [];
    this.#taken = 0;
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

/** How fast a probe works: it lets others have their turn, and does no more a second than it is told. */
import { setImmediate, setTimeout } from 'node:timers/promises';

/** So long, in milliseconds, a thread does nothing else. */
const sliceMs = 10;
/** What was not used of a second is kept for this many milliseconds. */
const burstMs = 200;

export class Pace {
  readonly #perMs: number;
  /** When everything that was spent is paid for. */
  #paidAt = 0;
  #sliceEnd = 0;

  /** @param perSecond entries or bytes */
  constructor(perSecond: number) {
    this.#perMs = perSecond / 1000;
  }

  /** Waits as long as so much takes. @throws the reason of the signal */
  async spend(count: number, signal: AbortSignal): Promise<void> {
    const now = performance.now();
    this.#paidAt = Math.max(this.#paidAt, now - burstMs) + count / this.#perMs;
    if (this.#paidAt > now) {
      await setTimeout(this.#paidAt - now, undefined, { signal });
      this.#sliceEnd = performance.now() + sliceMs;
    } else if (now > this.#sliceEnd) {
      await setImmediate();
      this.#sliceEnd = performance.now() + sliceMs;
    }
    signal.throwIfAborted();
  }
}

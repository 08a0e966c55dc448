/** How many requests a host gets at once, and from when on it wants any. */
import pLimit, { type LimitFunction } from 'p-limit';
import { pause } from './pause.ts';

/** Reading and writing have lanes of their own, for an upload may feed on a download from the same host. */
export type Lane = 'read' | 'write';

/** The right to use a host. */
export interface Slot {
  /** Gives it back; more than once does no harm. */
  release(): void;
  /**
   * Says whether anybody waits for the answer's body. After a second in which nobody did, the slot goes to somebody else:
   * bodies that are left open must not keep out the request that their readers wait for.
   */
  setWanted(isWanted: boolean): void;
}

interface Host {
  readonly lanes: Readonly<Record<Lane, LimitFunction>>;
  /** On the clock of performance.now(). */
  notBefore: number;
}

const patience = 1000;

export class HostLanes {
  readonly #hosts = new Map<string, Host>();
  readonly #requestsPerHost: number;

  constructor(requestsPerHost: number) {
    this.#requestsPerHost = requestsPerHost;
  }

  /** Waits for its turn, and for the time from which on the host wants requests. @throws the reason of the signal */
  async enter(name: string, lane: Lane, signal: AbortSignal): Promise<Slot> {
    const host = this.#host(name);
    const slot = await takeSlot(host.lanes[lane], signal);
    try {
      for (let wait = 0; (wait = host.notBefore - performance.now()) > 0;) await pause(wait, signal);
      return slot;
    } catch (error) {
      slot.release();
      throw error;
    }
  }

  /** Keeps back whatever has not been sent to a host yet, for so many milliseconds. */
  holdBack(name: string, milliseconds: number): void {
    const host = this.#host(name);
    host.notBefore = Math.max(host.notBefore, performance.now() + milliseconds);
  }

  #host(name: string): Host {
    let host = this.#hosts.get(name);
    if (host === undefined) {
      host = { lanes: { read: pLimit(this.#requestsPerHost), write: pLimit(this.#requestsPerHost) }, notBefore: 0 };
      this.#hosts.set(name, host);
    }
    return host;
  }
}

function takeSlot(limit: LimitFunction, signal: AbortSignal): Promise<Slot> {
  signal.throwIfAborted();
  const { promise, resolve, reject } = Promise.withResolvers<Slot>();
  const abort = (): void => reject(signal.reason as Error);
  signal.addEventListener('abort', abort, { once: true });
  void limit(async () => {
    signal.removeEventListener('abort', abort);
    if (signal.aborted) return;
    const released = Promise.withResolvers<void>();
    resolve(slotUntil(released.resolve));
    await released.promise;
  });
  return promise;
}

function slotUntil(release: () => void): Slot {
  let isWanted = true;
  const timer = setTimeout(() => {
    if (!isWanted) release();
  }, patience);
  timer.unref();
  return {
    release: () => {
      clearTimeout(timer);
      release();
    },
    setWanted: (wanted) => {
      isWanted = wanted;
      if (!wanted) timer.refresh();
    },
  };
}

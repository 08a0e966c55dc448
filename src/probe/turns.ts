/** One at a time, with a short queue. */
export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  /** @param most so many may wait */
  constructor(most: number) {
    this.#most = most;
  }

  /** Resolves when it is one's turn, until the result is disposed of; undefined when too many wait. @throws the reason of the signal */
  async take(signal: AbortSignal): Promise<Disposable | undefined> {
    signal.throwIfAborted();
    if (this.#isTaken) {
      if (this.#waiting.length >= this.#most) return undefined;
      await this.#wait(signal);
    }
    this.#isTaken = true;
    return { [Symbol.dispose]: () => this.#pass() };
  }

  #wait(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        const at = this.#waiting.indexOf(enter);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason as Error);
      };
      const enter = (): void => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.#waiting.push(enter);
    });
  }

  /** It stays taken when somebody waits, so that nobody comes in between. */
  #pass(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isTaken = false;
  }
}

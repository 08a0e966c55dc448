/** A file that grows while it is read: how far it has got, shared between the thread that writes and those that read. */

/** Indexes of the 32-bit cells: a count of changes to wait on, and whether more will come. */
const cells = { changes: 0, state: 1 } as const;
const states = { growing: 0, complete: 1, failed: 2 } as const;
const headerBytes = 8;

/** Thrown to a reader when the rest will not come. Whoever writes the file knows why. */
export class ArrivalFailed extends Error {
  override readonly name = 'ArrivalFailed';
}

export class Arrival {
  /** Goes to other threads, which make an Arrival of it again. */
  readonly buffer: SharedArrayBuffer;
  readonly #cells: Int32Array;
  readonly #bytes: BigInt64Array;

  constructor(buffer = new SharedArrayBuffer(headerBytes + 8)) {
    this.buffer = buffer;
    this.#cells = new Int32Array(buffer, 0, 2);
    this.#bytes = new BigInt64Array(buffer, headerBytes, 1);
  }

  /** Bytes from the start of the file that are there. */
  get bytes(): number {
    return Number(Atomics.load(this.#bytes, 0));
  }

  /** For the writer: so many bytes are there now. */
  advanceTo(bytes: number): void {
    Atomics.store(this.#bytes, 0, BigInt(bytes));
    this.#announce();
  }

  /** For the writer: that was all. */
  complete(): void {
    Atomics.store(this.#cells, cells.state, states.complete);
    this.#announce();
  }

  /** For the writer: the rest will not come. */
  fail(): void {
    Atomics.store(this.#cells, cells.state, states.failed);
    this.#announce();
  }

  /**
   * Waits until so many bytes are there, or all that there will be; returns how many there are.
   * @param check called now and then, to stop the wait by throwing
   * @throws ArrivalFailed
   */
  async waitFor(bytes: number, check: () => void): Promise<number> {
    for (;;) {
      const seen = Atomics.load(this.#cells, cells.changes);
      const state = Atomics.load(this.#cells, cells.state);
      const there = this.bytes;
      if (there >= bytes || state === states.complete) return there;
      if (state === states.failed) throw new ArrivalFailed();
      check();
      const change = Atomics.waitAsync(this.#cells, cells.changes, seen, checkIntervalMs);
      if (change.async) await change.value;
    }
  }

  #announce(): void {
    Atomics.add(this.#cells, cells.changes, 1);
    Atomics.notify(this.#cells, cells.changes);
  }
}

const checkIntervalMs = 100;

/**
 * Counts the threads that take part in something, in a shared cell that begins as 0. Who joins must be waited for; a
 * thread that has not started by the time all is done cannot join any more, and nobody waits for it.
 */
export class Joining {
  readonly #cells: Int32Array;
  readonly #index: number;

  constructor(cells: Int32Array, index: number) {
    this.#cells = cells;
    this.#index = index;
  }

  /** The number of the new member, from 0 on; undefined once it was closed. */
  join(): number | undefined {
    const before = this.#change((members) => (members < 0 ? members : members + 1));
    return before < 0 ? undefined : before;
  }

  /** How many have joined; no more will. */
  close(): number {
    const before = this.#change((members) => (members < 0 ? members : -1 - members));
    return before < 0 ? -1 - before : before;
  }

  /** Returns what was there before. */
  #change(change: (members: number) => number): number {
    for (;;) {
      const members = Atomics.load(this.#cells, this.#index);
      if (Atomics.compareExchange(this.#cells, this.#index, members, change(members)) === members) return members;
    }
  }
}

/** What must never be seen: passwords and tokens, taken out of any text that a registry gave. */

const kept = 256;

/** Remembers the last secrets that were used. */
export class Secrets {
  readonly #values = new Set<string>();

  add(...values: readonly string[]): void {
    for (const value of values) {
      this.#values.delete(value);
      if (value !== '') this.#values.add(value);
    }
    for (const oldest of this.#values) {
      if (this.#values.size <= kept) return;
      this.#values.delete(oldest);
    }
  }

  /** The text with every secret replaced. */
  readonly redact = (text: string): string => {
    let out = text;
    for (const value of [...this.#values].sort((a, b) => b.length - a.length)) out = out.replaceAll(value, '***');
    return out;
  };
}

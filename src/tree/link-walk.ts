import { type ByteString, HoldfastError } from '../base/index.ts';

/** As many as the kernel follows (path_resolution(7)). */
const maxLinks = 40;

/** The components of a path one by one, with the texts of followed links put in front of the rest. */
export class LinkWalk {
  readonly #pending: string[];
  readonly #whole: ByteString;
  #links = 0;
  #namesOfLinks = 0;

  constructor(path: ByteString, whole: ByteString) {
    this.#pending = path.split('/').reverse();
    this.#whole = whole;
  }

  /** How many components the texts of links have brought in. */
  get namesOfLinks(): number {
    return this.#namesOfLinks;
  }

  /** The next component; ".." for a step up, "/" for the root; undefined at the end. */
  next(): ByteString | undefined {
    for (let part = this.#pending.pop(); part !== undefined; part = this.#pending.pop()) {
      if (part !== '' && part !== '.') return part as ByteString;
    }
    return undefined;
  }

  /** @throws SYMLINK_LOOP at the 41st link. */
  follow(text: ByteString): void {
    this.#links++;
    if (this.#links > maxLinks) throw new HoldfastError('SYMLINK_LOOP', { path: this.#whole });
    const parts = text.split('/').reverse();
    for (const part of parts) this.#pending.push(part);
    this.#namesOfLinks += parts.length;
    if (text.startsWith('/')) this.#pending.push('/');
  }
}

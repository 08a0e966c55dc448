/** The tar reader: bytes are pushed in, entries and their data are pulled out. It does no I/O. */
import { HoldfastError, type Note } from '../base/index.ts';
import { blockSize, isZero, paddingAfter } from './block.ts';
import { Body } from './body.ts';
import { completeEntry, type EntryPlan, planEntry } from './entry-reader.ts';
import type { ReadTarEntry } from './entry.ts';
import { type ExtensionFlag, Extensions, isExtension } from './extensions.ts';
import { type Header, headerName, headerSize, readHeader } from './header.ts';
import { Input } from './input.ts';
import { completeLimits, type TarLimits, type TarReaderOptions } from './limits.ts';
import type { SparseBlocks } from './sparse-blocks.ts';

export type TarEvent =
  | { readonly kind: 'entry'; readonly entry: ReadTarEntry }
  | {
      readonly kind: 'data';
      /** Where the bytes stand in the file; holes of a sparse file are passed over. */
      readonly position: number;
      /** A view on the pushed chunk, valid until the next push. */
      readonly bytes: Uint8Array;
    }
  | { readonly kind: 'end' };

/** What the reader is in the middle of. */
type State =
  | { readonly at: 'header' | 'body' | 'trailing' | 'done' }
  | { readonly at: 'zero'; readonly offset: number }
  | { readonly at: 'extension'; readonly flag: ExtensionFlag; readonly offset: number; readonly size: number }
  | { readonly at: 'map'; readonly plan: EntryPlan; readonly blocks: SparseBlocks; readonly bytes: number }
  | { readonly at: 'padding'; readonly offset: number; readonly left: number };

/** What one step gives: an event, nothing yet but another step may, or nothing until more is pushed. */
type Outcome = TarEvent | 'again' | 'starved';

const header: State = { at: 'header' };
const body: State = { at: 'body' };
const trailing: State = { at: 'trailing' };
const done: State = { at: 'done' };

/**
 * Reads every dialect of tar, strictly: what readers take differently is an error or, where the semantics name the
 * reading that holds, a note.
 *
 * Push a chunk, pull events until there are none, and so on; after the last chunk call `finish` and pull once more.
 * Data comes between its entry and the next; `end` comes last, once all input was seen.
 */
export class TarReader {
  readonly #input = new Input();
  readonly #limits: TarLimits;
  readonly #extensions = new Extensions();
  readonly #body = new Body();
  #state: State = header;
  #entry: ReadTarEntry | undefined;
  #paxSeen = false;
  #trailingBytes = 0;
  #trailingDirt = false;
  #finished = false;
  #failure: unknown;

  constructor(options: TarReaderOptions = {}) {
    this.#limits = completeLimits(options);
  }

  /** Gives the next bytes of the archive. Pull all events first: what is unread is copied otherwise. */
  push(chunk: Uint8Array): void {
    this.#input.push(chunk);
  }

  /** Says that no more input comes. */
  finish(): void {
    this.#finished = true;
  }

  /**
   * The next event, or undefined when more input is needed or the end was given.
   *
   * @throws every archive and layer code that the headers call for; from then on always the same.
   */
  next(): TarEvent | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      return this.#advance();
    } catch (error) {
      this.#failure = error;
      throw error;
    }
  }

  /** Notes about the archive as a whole; complete once `end` was given. */
  get notes(): readonly Note[] {
    if (!this.#trailingDirt) return [];
    return [{ code: 'TRAILING_BYTES', detail: `${this.#trailingBytes} bytes` }];
  }

  #advance(): TarEvent | undefined {
    for (;;) {
      const outcome = this.#step();
      if (outcome === 'again') continue;
      if (outcome !== 'starved') return outcome;
      if (!this.#finished || this.#state.at === 'done') return undefined;
      this.#endInput();
      this.#state = done;
      return { kind: 'end' };
    }
  }

  #step(): Outcome {
    const state = this.#state;
    switch (state.at) {
      case 'header':
        return this.#readHeader();
      case 'body':
        return this.#readBody();
      case 'padding':
        return this.#skipPadding(state.offset, state.left);
      case 'extension':
        return this.#readExtension(state);
      case 'map':
        return this.#readMap(state);
      case 'zero':
        return this.#readAfterZero(state.offset);
      case 'trailing':
        return this.#skipTrailing();
      case 'done':
        return 'starved';
    }
  }

  #readHeader(): Outcome {
    const { offset } = this.#input;
    const block = this.#input.take(blockSize);
    if (block === undefined) return 'starved';
    if (block[0] === 0 && isZero(block)) {
      this.#extensions.requireNone('is followed by the end of the archive');
      this.#state = { at: 'zero', offset };
      return 'again';
    }
    return this.#beginMember(readHeader(block, offset));
  }

  #beginMember(member: Header): Outcome {
    const { typeflag: flag, offset } = member;
    if (isExtension(flag)) {
      const size = headerSize(member, headerName(member));
      this.#extensions.count(size, this.#limits);
      if (flag === 'x' || flag === 'g') this.#paxSeen = true;
      this.#state = { at: 'extension', flag, offset, size: Number(size) };
      return 'again';
    }
    const context = { extensions: this.#extensions, limits: this.#limits, paxSeen: this.#paxSeen };
    const plan = planEntry(member, context);
    if (plan.blocks === undefined || plan.blocks.done) return this.#openBody(plan, 0);
    this.#state = { at: 'map', plan, blocks: plan.blocks, bytes: 0 };
    return 'again';
  }

  #readExtension({ flag, offset, size }: State & { at: 'extension' }): Outcome {
    const bytes = this.#input.take(size + paddingAfter(size));
    if (bytes === undefined) return 'starved';
    this.#extensions.add(flag, bytes.subarray(0, size), offset);
    this.#state = header;
    return 'again';
  }

  #readMap({ plan, blocks, bytes }: State & { at: 'map' }): Outcome {
    if (blocks.inBody && plan.archivedSize - bytes < blockSize) throw plan.map?.error('runs past the end of the body');
    const block = this.#input.take(blockSize);
    if (block === undefined) return 'starved';
    this.#extensions.count(blockSize, this.#limits);
    blocks.feed(block);
    const read = bytes + blockSize;
    if (blocks.done) return this.#openBody(plan, blocks.inBody ? read : 0);
    this.#state = { at: 'map', plan, blocks, bytes: read };
    return 'again';
  }

  #openBody(plan: EntryPlan, mapBytes: number): Outcome {
    const entry = completeEntry(plan, this.#input.offset, plan.archivedSize - mapBytes);
    this.#body.start(entry.sparse, entry.storedSize);
    this.#extensions.reset();
    this.#entry = entry;
    this.#state = entry.storedSize === 0 ? header : body;
    return { kind: 'entry', entry };
  }

  #readBody(): Outcome {
    const { position, runLeft } = this.#body;
    const bytes = this.#input.takeSome(runLeft);
    if (bytes.length === 0) return 'starved';
    this.#body.advance(bytes.length);
    if (this.#body.left === 0) {
      const left = paddingAfter(this.#entry?.storedSize ?? 0);
      this.#state = left === 0 ? header : { at: 'padding', offset: this.#input.offset, left };
    }
    return { kind: 'data', position, bytes };
  }

  #skipPadding(offset: number, left: number): Outcome {
    const skipped = this.#input.takeSome(left).length;
    if (skipped === left) {
      this.#state = header;
      return 'again';
    }
    this.#state = { at: 'padding', offset, left: left - skipped };
    return 'starved';
  }

  #readAfterZero(offset: number): Outcome {
    const block = this.#input.take(blockSize);
    if (block === undefined) return 'starved';
    if (!isZero(block)) throw new HoldfastError('TAR_LONE_ZERO_BLOCK', { offset });
    this.#state = trailing;
    return 'again';
  }

  #skipTrailing(): Outcome {
    const bytes = this.#input.takeSome(Number.MAX_SAFE_INTEGER);
    this.#trailingBytes += bytes.length;
    this.#trailingDirt ||= !isZero(bytes);
    return 'starved';
  }

  /** @throws TAR_TRUNCATED, TAR_EXTENSION unless the archive may end here. */
  #endInput(): void {
    const state = this.#state;
    const truncated = (offset: number, inside: 'header' | 'body' | 'padding' | 'extension') =>
      new HoldfastError('TAR_TRUNCATED', { offset, inside });
    if (state.at === 'padding') throw truncated(state.offset, 'padding');
    if (state.at === 'extension') throw truncated(state.offset, 'extension');
    if (state.at === 'map') throw truncated(state.plan.facts.headerOffset, 'extension');
    if (state.at === 'body') throw truncated(this.#entry?.dataOffset ?? 0, 'body');
    if (this.#input.hasPart) throw truncated(this.#input.offset, 'header');
    this.#extensions.requireNone('is followed by the end of the archive');
  }
}

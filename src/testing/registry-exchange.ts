/** One request to a test registry, as its parts see it. */
import type { IncomingMessage } from 'node:http';
import type { RegistryContent } from './registry-content.ts';
import type { RegistryQuirks } from './registry-quirks.ts';

/** A request as it came. */
export interface RecordedRequest {
  readonly method: string;
  /** Path and query as they were sent. */
  readonly url: string;
  /** Names in lower case; several of one name are joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  /** Bytes of the body that have arrived. */
  readonly bytes: number;
  /** The status of the answer; 0 while there is none. */
  readonly status: number;
}

export interface Exchange {
  readonly method: string;
  readonly url: URL;
  readonly headers: Record<string, string>;
  readonly body: RequestBody;
  /** Origin of the registry. */
  readonly origin: string;
  readonly content: RegistryContent;
  readonly quirks: Required<RegistryQuirks>;
}

/** A connection that broke, or was made to, while a body came in. */
export class BrokenBody extends Error {}

/** The body of a request. */
export class RequestBody {
  readonly #request: IncomingMessage;
  readonly #dropAfter: number | undefined;
  #arrived = 0;

  constructor(request: IncomingMessage, dropAfter: number | undefined) {
    this.#request = request;
    this.#dropAfter = dropAfter;
  }

  /** Bytes so far. */
  get arrived(): number {
    return this.#arrived;
  }

  /** Each piece as it arrives. @throws BrokenBody */
  async forEach(take: (piece: Buffer) => void): Promise<void> {
    if (this.#dropAfter === 0) throw new BrokenBody();
    try {
      for await (const piece of this.#request as AsyncIterable<Buffer>) {
        const room = (this.#dropAfter ?? Number.MAX_SAFE_INTEGER) - this.#arrived;
        const kept = piece.subarray(0, room);
        this.#arrived += kept.length;
        take(kept);
        if (piece.length >= room) throw new BrokenBody();
      }
    } catch (cause) {
      throw new BrokenBody('the request broke off', { cause });
    }
  }

  /** The whole body, or undefined when it is longer than `limit` bytes. @throws BrokenBody */
  async bytes(limit: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    await this.forEach((piece) => {
      if (this.#arrived <= limit) pieces.push(piece);
    });
    return this.#arrived > limit ? undefined : Buffer.concat(pieces);
  }

  /** Lets the rest arrive and forgets it. */
  drain(): void {
    this.#request.on('data', (piece: Buffer) => (this.#arrived += piece.length));
    this.#request.on('error', () => undefined);
    this.#request.resume();
  }
}

/** What a request sends. */
import { HoldfastError } from '../base/index.ts';
import type { HttpRequest } from './http-client.ts';

/** For one attempt; a repetition needs another. */
export interface OutgoingBody {
  readonly length: number;
  /** Undefined when there is nothing to send. */
  readonly data: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Why the source could not give what was to be sent. That is no fault of the network. */
  failure: unknown;
}

/** Opens the content anew. @throws nothing; what the source throws is in `failure` */
export function openBody(body: HttpRequest['body']): OutgoingBody | undefined {
  if (body === undefined) return undefined;
  if (body instanceof Uint8Array)
    return { length: body.length, data: body.length > 0 ? body : undefined, failure: undefined };
  const outgoing: { length: number; data: AsyncIterable<Uint8Array> | undefined; failure: unknown } = {
    length: body.length,
    data: undefined,
    failure: undefined,
  };
  if (body.length > 0) outgoing.data = readPart(body, (error) => (outgoing.failure = error));
  return outgoing;
}

type Part = Exclude<HttpRequest['body'], Uint8Array | undefined>;

/** Exactly `length` bytes. A chunk is copied: the connection may hold it longer than it is valid. */
async function* readPart(part: Part, fail: (error: unknown) => void): AsyncGenerator<Uint8Array, void, undefined> {
  let left = part.length;
  try {
    for await (const chunk of part.content.open(part.position)) {
      const piece = chunk.subarray(0, left);
      left -= piece.length;
      if (piece.length > 0) yield Buffer.from(piece);
      if (left === 0) return;
    }
    throw new HoldfastError('SIZE_MISMATCH', {
      what: 'the content to be uploaded',
      expected: part.length,
      actual: part.length - left,
    });
  } catch (error) {
    fail(error);
    throw error;
  }
}

/** A request as handlers see it. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { documentTooLarge } from '../oci/index.ts';
import { maxDocumentBytes } from '../base/index.ts';

export interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Bytes of the body, as far as they are announced. */
  readonly contentLength: number | undefined;
  /** The body, once. Ends with an error when the sender breaks off. Leaves the connection open, also when it is left early. */
  body(): AsyncIterable<Uint8Array>;
  /** Breaks off the connection. */
  abort(): void;
}

/** Milliseconds without a byte in either direction before a connection is given up. */
export const idleTimeout = 120_000;
/** Milliseconds in which a document must arrive. */
const documentTimeout = 60_000;

export function readRequest(incoming: IncomingMessage, response: ServerResponse): Request {
  const target = incoming.url ?? '/';
  const mark = target.indexOf('?');
  const length = incoming.headers['content-length'];
  return {
    method: incoming.method ?? 'GET',
    path: mark < 0 ? target : target.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : target.slice(mark + 1)),
    headers: incoming.headers,
    contentLength: length === undefined ? undefined : Number(length),
    body: () => bodyOf(incoming, response),
    abort: () => incoming.destroy(),
  };
}

/** While the registry itself is at work, however long a disk takes, the connection does not count as idle. */
async function* bodyOf(incoming: IncomingMessage, response: ServerResponse): AsyncGenerator<Uint8Array> {
  if (/100-continue/i.test(incoming.headers.expect ?? '')) response.writeContinue();
  const socket: Socket = incoming.socket;
  socket.setTimeout(idleTimeout);
  try {
    yield* incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } finally {
    socket.setTimeout(0);
  }
}

/** What all documents that are arriving may take together. */
const mostArriving = 128 * 1024 * 1024;
let arriving = 0;

/** A whole document; undefined when too many are arriving at once. @throws LIMIT_EXCEEDED past 4 MiB */
export async function readDocument(request: Request): Promise<Uint8Array | undefined> {
  if ((request.contentLength ?? 0) > maxDocumentBytes) throw documentTooLarge('the manifest');
  const deadline = setTimeout(() => request.abort(), documentTimeout);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request.body()) {
      bytes += chunk.length;
      arriving += chunk.length;
      if (bytes > maxDocumentBytes) throw documentTooLarge('the manifest');
      if (arriving > mostArriving) return undefined;
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, bytes);
  } finally {
    clearTimeout(deadline);
    arriving -= bytes;
  }
}

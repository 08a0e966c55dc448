/** Puts answers on the wire. */
import fs from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { type Answer, type BlobSlice, isSlice } from './answer.ts';
import { idleTimeout } from './request.ts';

const read = promisify(fs.read);
const pieceBytes = 256 * 1024;
/** What is read of a body that nobody wants, so that its sender gets to read the answer. */
const mostUnwantedBytes = 8 * 1024 * 1024;

/** @returns bytes of the body that were sent */
export async function sendAnswer(incoming: IncomingMessage, response: ServerResponse, answer: Answer): Promise<number> {
  const { body } = answer;
  using _blob = body !== undefined && isSlice(body) ? body.blob : undefined;
  if (response.destroyed) return 0;
  incoming.socket.setTimeout(idleTimeout);
  if (!incoming.complete) discardRest(incoming);
  response.writeHead(answer.status, {
    'Docker-Distribution-Api-Version': 'registry/2.0',
    'X-Content-Type-Options': 'nosniff',
    ...(answer.status === 204 ? {} : { 'Content-Length': body?.length ?? 0 }),
    ...copyOf(answer.headers),
  });
  if (incoming.method === 'HEAD' || answer.status === 304 || body === undefined) return end(response, 0);
  if (!isSlice(body)) return end(response, body.length, body);
  // Awaited, for the blob is closed when this function is left.
  return await sendSlice(response, body);
}

function copyOf(headers: Answer['headers'] = {}): Record<string, string | string[]> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, typeof value === 'string' ? value : [...value]]),
  );
}

async function end(response: ServerResponse, sent: number, body?: Uint8Array): Promise<number> {
  await new Promise<void>((resolve) => {
    response.once('close', resolve);
    response.end(body, resolve);
  });
  return sent;
}

/** Two buffers in turn: one is filled from the file while the other goes into the socket. */
async function sendSlice(response: ServerResponse, { blob, start, length }: BlobSlice): Promise<number> {
  const pieces = [
    Buffer.allocUnsafeSlow(Math.min(pieceBytes, length)),
    Buffer.allocUnsafeSlow(Math.min(pieceBytes, length)),
  ];
  let writing = Promise.resolve(true);
  for (let sent = 0, turn = 0; sent < length; turn++) {
    const piece = pieces[turn % 2] ?? Buffer.alloc(0);
    const wanted = Math.min(piece.length, length - sent);
    const { bytesRead } = await read(blob.fd, piece, 0, wanted, start + sent);
    const isGone = !(await writing);
    // A file that was cut short must not look like a complete answer.
    if (isGone || bytesRead === 0) return abandon(response, sent);
    writing = write(response, piece.subarray(0, bytesRead));
    sent += bytesRead;
  }
  return (await writing) ? end(response, length) : abandon(response, length);
}

function abandon(response: ServerResponse, sent: number): number {
  response.destroy();
  return sent;
}

/** Whether the bytes went out; only then may their buffer be used again. */
function write(response: ServerResponse, bytes: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const onClose = (): void => resolve(false);
    response.once('close', onClose);
    response.write(bytes, (error) => {
      response.off('close', onClose);
      resolve(!error);
    });
  });
}

function discardRest(incoming: IncomingMessage): void {
  let bytes = 0;
  incoming.on('data', (chunk: Uint8Array) => {
    bytes += chunk.length;
    if (bytes > mostUnwantedBytes) incoming.destroy();
  });
  incoming.on('error', () => undefined);
}

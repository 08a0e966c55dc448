/** A registry that gives one image, whose blobs a test answers itself, byte by byte if it likes. */
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Digest } from '../../src/base/index.ts';
import type { HeldImage } from './images.ts';

export interface BlobRequest {
  readonly digest: Digest;
  /** The first byte that is asked for; undefined without Range. */
  readonly from: number | undefined;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export interface LooseRegistry extends AsyncDisposable {
  readonly host: string;
  /** The image, under its only tag. */
  readonly reference: string;
}

/** @param answer whatever it throws ends the connection; what it leaves open is closed with the registry */
export async function startLooseRegistry(
  image: HeldImage,
  answer: (blob: BlobRequest) => Promise<void> | void,
): Promise<LooseRegistry> {
  const documents = new Map(image.documents.map((document) => [String(document.digest), document]));
  documents.set('v1', image.root);
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    response.on('error', () => undefined);
    const [, kind, reference = ''] = /^\/v2\/app\/(blobs|manifests)\/([^/]+)$/.exec(request.url ?? '') ?? [];
    const document = kind === 'manifests' ? documents.get(reference) : undefined;
    if (document) return giveDocument(document, request, response);
    if (kind !== 'blobs' || request.method !== 'GET') return void response.writeHead(404).end();
    const from = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1];
    const blob = {
      digest: reference as Digest,
      from: from === undefined ? undefined : Number(from),
      request,
      response,
    };
    void (async () => answer(blob))().catch(() => response.destroy());
  });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    reference: `docker://${host}/app:v1`,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** The whole of a blob, or the part that was asked for. */
export function giveBlob(bytes: Buffer, { from, response }: BlobRequest): void {
  response.writeHead(from === undefined ? 200 : 206, headersOf(bytes, from)).end(bytes.subarray(from ?? 0));
}

export function headersOf(bytes: Buffer, from: number | undefined): Record<string, string> {
  const length = { 'content-length': String(bytes.length - (from ?? 0)) };
  if (from === undefined) return length;
  return { ...length, 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
}

function giveDocument(document: HeldImage['root'], request: IncomingMessage, response: ServerResponse): void {
  const { mediaType, digest, bytes } = document;
  response.writeHead(200, {
    'content-type': mediaType,
    'docker-content-digest': digest,
    'content-length': String(bytes.length),
  });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Scripted servers on this machine, closed with the block that uses them. */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import {
  type AddressInfo,
  createServer as createSocketServer,
  type Server as SocketServer,
  type Socket,
} from 'node:net';
import { generate } from 'selfsigned';

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** An absolute URL on the server; the scheme is what it speaks. */
  url(path: string): URL;
}

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
}

export interface RecordingServer extends TestServer {
  readonly seen: readonly Seen[];
  /** Connections so far. */
  readonly connections: number;
}

/** An http server that remembers the requests it got. */
export function serveHttp(listener: RequestListener): Promise<RecordingServer> {
  return record(createServer(), 'http', listener);
}

export function serveHttps(options: ServerOptions, listener: RequestListener): Promise<RecordingServer> {
  return record(createSecureServer(options), 'https', listener);
}

/** A server that is written byte by byte. */
export function serveSockets(onSocket: (socket: Socket) => void): Promise<TestServer> {
  const server = createSocketServer((socket) => {
    socket.on('error', () => undefined);
    onSocket(socket);
  });
  return listen(server, 'http');
}

export function text(response: ServerResponse, status: number, body = '', headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-length': Buffer.byteLength(body), ...headers }).end(body);
}

/** The body of a request. */
export async function readAll(request: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

interface CertificateOptions {
  readonly names?: readonly string[];
  readonly addresses?: readonly string[];
  readonly from?: Date;
  readonly until?: Date;
  readonly issuer?: TestCertificate;
  readonly isAuthority?: boolean;
}

export async function certificate(commonName: string, options: CertificateOptions = {}): Promise<TestCertificate> {
  const names = (options.names ?? []).map((value) => ({ type: 2 as const, value }));
  const addresses = (options.addresses ?? []).map((ip) => ({ type: 7 as const, ip }));
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    algorithm: 'sha256',
    ...(options.from ? { notBeforeDate: options.from } : {}),
    ...(options.until ? { notAfterDate: options.until } : {}),
    ...(options.issuer ? { ca: { key: options.issuer.key, cert: options.issuer.cert } } : {}),
    extensions: [
      { name: 'basicConstraints', cA: options.isAuthority ?? false, critical: true },
      ...(names.length + addresses.length > 0
        ? [{ name: 'subjectAltName' as const, altNames: [...names, ...addresses] }]
        : []),
    ],
  });
  return { key: made.private, cert: made.cert };
}

async function record(server: Server, scheme: string, listener: RequestListener): Promise<RecordingServer> {
  const seen: Seen[] = [];
  let connections = 0;
  server.on('connection', () => connections++);
  server.on('request', (request, response) => {
    seen.push({ method: request.method ?? '', path: request.url ?? '', headers: request.headers });
    request.on('error', () => undefined);
    listener(request, response);
  });
  server.on('tlsClientError', () => undefined);
  const listening = await listen(server, scheme);
  return Object.defineProperties(listening, {
    seen: { value: seen },
    connections: { get: () => connections },
  }) as RecordingServer;
}

async function listen(server: SocketServer, scheme: string): Promise<TestServer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    host: `127.0.0.1:${port}`,
    url: (path) => new URL(path, `${scheme}://127.0.0.1:${port}`),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The platform's server, set up so that no client can hold it up. */
import http from 'node:http';
import https from 'node:https';
import { HoldfastError } from '../base/index.ts';
import { idleTimeout } from './request.ts';

/** Certificate chain and private key in PEM. */
export interface TlsOptions {
  readonly cert: string | Uint8Array;
  readonly key: string | Uint8Array;
}

const limits = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 20_000,
  // A body takes as long as it takes; a connection on which nothing moves is closed by its idle timeout.
  requestTimeout: 0,
  keepAliveTimeout: 30_000,
  connectionsCheckingInterval: 5_000,
};
const mostConnections = 1024;

/** @throws CREDENTIALS_INVALID for a certificate or key that is none */
export function createHttpServer(
  tls: TlsOptions | undefined,
  listener: http.RequestListener,
): http.Server | https.Server {
  const server = tls === undefined ? http.createServer(limits, listener) : createTlsServer(tls, listener);
  server.timeout = idleTimeout;
  server.maxConnections = mostConnections;
  server.on('checkContinue', listener);
  server.on('checkExpectation', (_request, response) => {
    response.writeHead(417, { 'Content-Length': 0, Connection: 'close' }).end();
  });
  // Whoever asks for another protocol gets an answer, and none of this one's connections.
  server.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'));
  server.on('clientError', answerClientError);
  // Such as no file descriptor for one more connection.
  server.on('error', () => undefined);
  return server;
}

function createTlsServer({ cert, key }: TlsOptions, listener: http.RequestListener): https.Server {
  const pem = (value: string | Uint8Array): string | Buffer => (typeof value === 'string' ? value : Buffer.from(value));
  try {
    return https.createServer({ ...limits, cert: pem(cert), key: pem(key), minVersion: 'TLSv1.2' }, listener);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new HoldfastError('CREDENTIALS_INVALID', { source: 'the TLS certificate and key', reason }, { cause: error });
  }
}

const clientErrors: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
};

function answerClientError(
  error: Error & { readonly code?: string },
  socket: NodeJS.WritableStream & { destroy(): void; readonly writable: boolean },
): void {
  if (!socket.writable || error.code === 'ECONNRESET') return socket.destroy();
  const status = clientErrors[error.code ?? ''] ?? '400 Bad Request';
  socket.end(`HTTP/1.1 ${status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
}

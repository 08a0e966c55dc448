/** The platform's server, set up so that no client can hold it up. */
import http from 'node:http';
import https from 'node:https';
import { HoldfastError } from '../base/index.ts';
import { refuseMisuse } from '../listening/index.ts';
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
  refuseMisuse(server);
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

/** Requests to one endpoint. The client is loaded with the first of them. */
import { Readable } from 'node:stream';
import type { buildConnector, Dispatcher, Pool } from 'undici';
import { connectionError } from './connection-error.ts';
import type { Endpoint, Environment } from './endpoint.ts';
import { connectBySsh } from './ssh-connection.ts';

export interface DaemonRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  /** Chunks are kept for a while. */
  readonly body?: AsyncIterable<Uint8Array> | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Its body must be consumed or destroyed. */
export type DaemonResponse = Dispatcher.ResponseData;

export interface Connection extends AsyncDisposable {
  /** @throws HOST_UNREACHABLE, TLS_REFUSED, and the reason of the signal */
  request(request: DaemonRequest): Promise<DaemonResponse>;
}

/** HTTP/1.1, and as many milliseconds to accept a connection. */
const plainly = { allowH2: false, timeout: 30_000 };

export function connectionTo(endpoint: Endpoint, env: Environment): Connection {
  let opened: Promise<Pool> | undefined;
  return {
    request: async (request) => {
      opened ??= openPool(endpoint, env);
      const pool = await opened;
      return send(pool, endpoint.address, request);
    },
    [Symbol.asyncDispose]: async () => {
      const pool = await opened;
      await pool?.destroy();
    },
  };
}

async function openPool(endpoint: Endpoint, env: Environment): Promise<Pool> {
  const { Pool } = await import('undici');
  const isSecure = endpoint.kind === 'tcp' && endpoint.certificates !== undefined;
  const authority = endpoint.kind === 'tcp' ? endpoint.authority : 'docker';
  // A daemon is silent for as long as it works on an image.
  const patience = { headersTimeout: 0, bodyTimeout: 0 };
  return new Pool(`${isSecure ? 'https' : 'http'}://${authority}`, { ...patience, connect: connector(endpoint, env) });
}

function connector(endpoint: Endpoint, env: Environment): buildConnector.BuildOptions | buildConnector.connector {
  switch (endpoint.kind) {
    case 'socket':
      return { ...plainly, socketPath: endpoint.path };
    case 'tcp':
      return { ...plainly, ...endpoint.certificates };
    case 'ssh':
      return connectBySsh(endpoint, env);
  }
}

async function send(pool: Pool, address: string, request: DaemonRequest): Promise<DaemonResponse> {
  const { method, path, signal } = request;
  signal?.throwIfAborted();
  const body = request.body ? Readable.from(request.body) : null;
  const headers = body ? { 'content-type': 'application/x-tar' } : {};
  try {
    return await pool.request({ method, path, headers, signal: signal ?? null, body });
  } catch (error) {
    signal?.throwIfAborted();
    throw connectionError(address, error);
  }
}

/** A server of its own for the probe, set up so that no client can hold it up. */
import http from 'node:http';
import { isLoopback, type ListenAddress, parseListenAddress, urlHost } from '../base/index.ts';
import { close, listen, refuseMisuse } from '../listening/index.ts';
import { probeHandler } from './probe-handler.ts';
import type { ProbeOptions } from './probe-options.ts';

export const defaultProbeAddress = '127.0.0.1:8080';

export interface ProbeServerOptions extends ProbeOptions {
  /** `HOST:PORT`; port 0 is any that is free. 127.0.0.1:8080 unless told otherwise. */
  readonly address?: string | undefined;
}

/** Disposing ends it: at once for who waits, and for who is being answered after 3 seconds. */
export interface RunningProbe extends AsyncDisposable {
  /** `http://HOST:PORT`; `localhost` where it listens everywhere. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  /** What whoever starts it should know. */
  readonly warnings: readonly string[];
}

const limits: http.ServerOptions = {
  maxHeaderSize: 16 * 1024,
  headersTimeout: 5_000,
  requestTimeout: 40_000,
  keepAliveTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
};
const mostConnections = 64;
const idleTimeout = 120_000;

/**
 * Serves the tree of this machine over HTTP, read-only, until it is disposed of.
 *
 * @throws USAGE for a malformed address or a token that is missing or short, IMAGE_NOT_FOUND for a root that is no directory,
 * HOST_REFUSED such as EADDRINUSE
 */
export async function startProbe(options: ProbeServerOptions): Promise<RunningProbe> {
  const address = parseListenAddress(options.address ?? defaultProbeAddress);
  const handler = probeHandler({ mountPath: '/', ...options });
  const server = createServer((request, response) => void handler(request, response, () => answerNothing(response)));
  const port = await listen(server, address).catch((error: unknown) => {
    handler[Symbol.dispose]();
    throw error;
  });
  return {
    url: `http://${urlHost(address.host)}:${port}`,
    host: address.host,
    port,
    warnings: warningsOf(address),
    async [Symbol.asyncDispose]() {
      const closed = close(server);
      handler[Symbol.dispose]();
      await closed;
    },
  };
}

function createServer(listener: http.RequestListener): http.Server {
  const server = http.createServer(limits, listener);
  server.timeout = idleTimeout;
  server.maxConnections = mostConnections;
  refuseMisuse(server);
  return server;
}

/** To what is no path, such as `OPTIONS *`: nobody holds a connection by that. */
function answerNothing(response: http.ServerResponse): void {
  response.writeHead(404, { 'Content-Length': 0, Connection: 'close' }).end();
}

function warningsOf({ host }: ListenAddress): readonly string[] {
  if (isLoopback(host)) return [];
  return ['the token and the tree cross the network unencrypted, unless something before the probe speaks https'];
}

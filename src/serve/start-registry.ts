/** Starting and stopping a registry. */
import type http from 'node:http';
import { isLoopback, parseListenAddress, urlHost } from '../base/index.ts';
import { close, listen } from '../listening/index.ts';
import { openLayoutStore } from '../store/index.ts';
import { type Access, type AccessOptions, openAccess } from './access.ts';
import type { Answer } from './answer.ts';
import { handle } from './handle.ts';
import { createHttpServer, type TlsOptions } from './http-server.ts';
import { openState, type RegistryState } from './registry-state.ts';
import { openRenewedStore } from './renewed-store.ts';
import { readRequest } from './request.ts';
import { sendAnswer } from './send-answer.ts';

const defaultAddress = '127.0.0.1:5000';

export interface RegistryOptions extends AccessOptions {
  /** An OCI layout, made when it is absent or empty. */
  readonly directory: string;
  /** `HOST:PORT`; port 0 is any that is free. 127.0.0.1:5000 unless told otherwise. */
  readonly address?: string | undefined;
  /** A file of users, as `htpasswd -B` writes it; read once. */
  readonly htpasswd?: string | undefined;
  /** A secret that stands for any user. */
  readonly token?: string | undefined;
  readonly tls?: TlsOptions | undefined;
  /** Refuses everything that would change the layout. */
  readonly readOnly?: boolean | undefined;
  /** Told of each request once its answer has been sent. */
  readonly onRequest?: ((record: RequestRecord) => void) | undefined;
}

/** One request and its answer. Holds no credential. */
export interface RequestRecord {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly status: number;
  /** Bytes of the answer's body that were sent. */
  readonly bytes: number;
  readonly milliseconds: number;
  readonly client: string;
  /** What was thrown, for a status of 500 and above. */
  readonly error?: unknown;
}

/** Disposing ends it: at once for connections that wait, after 3 seconds for requests that do not end by themselves. */
export interface RunningRegistry extends AsyncDisposable {
  /** `http://HOST:PORT`, or https; `localhost` where it listens everywhere. */
  readonly url: string;
  /** As the address had it; what comes before the port in names of images. */
  readonly host: string;
  /** The one that was free, where the address had 0. */
  readonly port: number;
  /** What whoever starts it should know, such as that everybody may push. */
  readonly warnings: readonly string[];
}

/**
 * Serves a layout by the OCI distribution protocol, until it is disposed of. What `oci:DIRECTORY:X` reads, `HOST:PORT/X`
 * pulls. Other processes may write to the layout meanwhile.
 *
 * @throws USAGE for a malformed address, CREDENTIALS_INVALID, STORE_INVALID, HOST_REFUSED such as EADDRINUSE
 */
export async function startRegistry(options: RegistryOptions): Promise<RunningRegistry> {
  const address = parseListenAddress(options.address ?? defaultAddress);
  const access = await openAccess(options);
  using cleanup = new DisposableStack();
  const layout = { create: options.readOnly !== true };
  const store = cleanup.use(openRenewedStore(() => openLayoutStore(options.directory, layout)));
  const state = cleanup.use(openState(store, options.readOnly === true));
  const active = new Set<Promise<void>>();
  const server = createHttpServer(options.tls, (incoming, response) => {
    const done = serve({ state, access, options }, incoming, response).finally(() => active.delete(done));
    active.add(done);
  });
  const port = await listen(server, address);
  const held = cleanup.move();
  return {
    url: `${options.tls === undefined ? 'http' : 'https'}://${urlHost(address.host)}:${port}`,
    host: address.host,
    port,
    warnings: warningsOf(address.host, options),
    async [Symbol.asyncDispose]() {
      using _held = held;
      await close(server);
      await Promise.allSettled(active);
    },
  };
}

interface Serving {
  readonly state: RegistryState;
  readonly access: Access;
  readonly options: RegistryOptions;
}

async function serve(
  { state, access, options }: Serving,
  incoming: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const started = performance.now();
  response.on('error', () => undefined);
  incoming.on('error', () => undefined);
  const request = readRequest(incoming, response);
  const refusal: Answer | undefined = await access.refuse(incoming.headers);
  const answer = refusal ?? (await handle(state, request));
  const bytes = await sendAnswer(incoming, response, answer).catch(() => {
    response.destroy();
    return 0;
  });
  options.onRequest?.({
    method: request.method,
    url: incoming.url ?? '',
    status: answer.status,
    bytes,
    milliseconds: performance.now() - started,
    client: incoming.socket.remoteAddress ?? '',
    ...(answer.status >= 500 ? { error: answer.cause } : {}),
  });
}

function warningsOf(host: string, { htpasswd, token, tls, readOnly }: RegistryOptions): readonly string[] {
  if (isLoopback(host)) return [];
  const isOpen = htpasswd === undefined && token === undefined;
  const who = readOnly === true ? 'pull from' : 'pull from, push to and delete from';
  return [
    ...(isOpen ? [`everybody who reaches ${host} may ${who} this registry; consider --htpasswd or --token`] : []),
    ...(isOpen || tls !== undefined
      ? []
      : ['passwords cross the network unencrypted; consider --tls-cert and --tls-key']),
  ];
}

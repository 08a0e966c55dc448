/** The socket of a test registry: every request recorded, spoiled where a fault says so, and answered. */
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { type Answer, refusal } from './registry-answers.ts';
import { answerInstead, deliver, spoil } from './registry-delivery.ts';
import { BrokenBody, type RecordedRequest, RequestBody } from './registry-exchange.ts';
import type { FaultAction, RegistryFaults } from './registry-faults.ts';

export interface RegistryTls {
  /** PEM. */
  readonly key: string | Uint8Array;
  /** PEM, with the chain. */
  readonly cert: string | Uint8Array;
  /** PEM: clients must show a certificate of this authority. */
  readonly clientCa?: string | Uint8Array;
}

/** What a registry gets of a request. */
export interface IncomingRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: RequestBody;
}

export interface RegistrySocket extends AsyncDisposable {
  readonly port: number;
  readonly requests: RecordedRequest[];
  /** Connections that were ever accepted. */
  readonly connections: () => number;
  /** The most requests that were under way at once. */
  readonly peak: () => number;
}

interface SocketOptions {
  readonly tls: RegistryTls | undefined;
  readonly faults: RegistryFaults;
  handle(request: IncomingRequest): Promise<Answer>;
}

export async function openSocket(options: SocketOptions): Promise<RegistrySocket> {
  const requests: RecordedRequest[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  let open = 0;
  let peak = 0;
  const listener = (request: http.IncomingMessage, response: http.ServerResponse): void => {
    open += 1;
    peak = Math.max(peak, open);
    void serve({ options, requests }, request, response)
      .catch((error: unknown) => confess(response, error))
      .finally(() => (open -= 1));
  };
  const server = options.tls ? https.createServer(tlsOptions(options.tls), listener) : http.createServer(listener);
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    connections: () => connections,
    peak: () => peak,
    async [Symbol.asyncDispose]() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function tlsOptions({ key, cert, clientCa }: RegistryTls): https.ServerOptions {
  const own = { key: Buffer.from(key), cert: Buffer.from(cert) };
  return clientCa === undefined
    ? own
    : { ...own, ca: Buffer.from(clientCa), requestCert: true, rejectUnauthorized: true };
}

interface Serving {
  readonly options: SocketOptions;
  readonly requests: RecordedRequest[];
}

async function serve(
  { options, requests }: Serving,
  request: http.IncomingMessage,
  response: http.ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET';
  const path = request.url ?? '/';
  // A request that is given up lets go of its socket.
  const { socket } = request;
  const fault = options.faults.meet(method, path);
  const body = new RequestBody(request, fault?.kind === 'drop-upload' ? fault.afterBytes : undefined);
  const headers = headersOf(request, fault);
  response.on('error', () => undefined);
  requests.push({
    method,
    url: path,
    headers: headersOf(request, undefined),
    get bytes() {
      return body.arrived;
    },
    get status() {
      return response.headersSent ? response.statusCode : 0;
    },
  });
  const given = await answerOf(options, { method, path, headers, body }, fault);
  if (given === 'broken' || (fault?.kind === 'cut' && fault.afterBytes === undefined)) {
    if (fault?.kind === 'cut' && fault.resets === true) socket.resetAndDestroy();
    else socket.destroy();
    return;
  }
  if (given === 'silence') return;
  body.drain();
  await deliver(response, spoil(given, fault), fault);
}

async function answerOf(
  options: SocketOptions,
  request: IncomingRequest,
  fault: FaultAction | undefined,
): Promise<Answer | 'broken' | 'silence'> {
  if (fault?.kind === 'hang' && fault.afterBytes === undefined) return 'silence';
  const instead = answerInstead(fault, request.path);
  if (instead) return instead;
  try {
    return await options.handle(request);
  } catch (error) {
    if (error instanceof BrokenBody) return 'broken';
    return failure(error);
  }
}

/** An answer that cannot be sent, such as one with a header that is none. */
function confess(response: http.ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else response.writeHead(500).end(failure(error).body);
}

function failure(error: unknown): Answer {
  return refusal(500, 'UNKNOWN', error instanceof Error ? error.message : 'the test registry failed');
}

function headersOf(request: http.IncomingMessage, fault: FaultAction | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of Object.entries(request.headersDistinct)) {
    if (name === 'range' && fault?.kind === 'ignore-range') continue;
    headers[name] = (values ?? []).join(', ');
  }
  return headers;
}

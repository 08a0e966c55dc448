/** Why there is no answer, as a coded error in plain words. */
import { escapeText, HoldfastError, isHoldfastError } from '../base/index.ts';
import { failureCode, isProtocolFailure, slowCode } from './failure-code.ts';
import { tlsReason } from './tls-reasons.ts';

/** What was being done when something failed. */
export interface Attempted {
  /** Host with port. */
  readonly host: string;
  /** The request, without what may be a credential. */
  readonly what: string;
  /** Host and port of the proxy that was used. */
  readonly proxy: string | undefined;
  /** Milliseconds that the other side may be silent. */
  readonly patience: number;
}

/** An attempt that got no answer. */
export interface Failure {
  readonly error: unknown;
  /** Whether there was a connection already. */
  readonly phase: 'connect' | 'exchange';
}

/** HOST_UNREACHABLE, TLS_REFUSED, TRANSFER_INTERRUPTED or REGISTRY_PROTOCOL; a coded error stays as it is. */
export function describeFailure({ error, phase }: Failure, attempted: Attempted): HoldfastError {
  if (isHoldfastError(error)) return error;
  const code = failureCode(error);
  const context = { cause: withoutPayload(error) };
  if (code === 'UND_ERR_PRX_TLS') return refuseTls((error as Error).cause, attempted, 'proxy');
  if (tlsReason(error)) return refuseTls(error, attempted, 'host');
  const isConnected = phase === 'exchange' && tunnelStatus(error) === undefined;
  if (!isConnected) return new HoldfastError('HOST_UNREACHABLE', unreachable(error, attempted), context);
  const { host, what } = attempted;
  if (isProtocolFailure(code)) {
    const reason = code === 'UND_ERR_HEADERS_OVERFLOW' ? 'its headers are too long' : 'what came is not HTTP';
    return new HoldfastError('REGISTRY_PROTOCOL', { host, what, reason }, context);
  }
  const reason = `${interruption(error, attempted.patience)}${throughProxy(attempted)}`;
  return new HoldfastError('TRANSFER_INTERRUPTED', { host, what, reason }, context);
}

/** A few words for events. */
export function failureWords({ error, phase }: Failure, patience: number): string {
  if (isHoldfastError(error)) return error.message;
  return phase === 'connect' ? connectWords(error) : interruption(error, patience);
}

function refuseTls(error: unknown, attempted: Attempted, who: 'host' | 'proxy'): HoldfastError {
  const { reason, hint } = tlsReason(error) ?? { reason: 'the TLS handshake failed' };
  const host = who === 'proxy' ? (attempted.proxy ?? attempted.host) : attempted.host;
  const where = who === 'proxy' ? ' (it is the proxy)' : throughProxy(attempted);
  const data = { host, reason: `${escapeText(reason)}${where}`, ...(hint === undefined ? {} : { hint }) };
  return new HoldfastError('TLS_REFUSED', data, { cause: error });
}

function unreachable(error: unknown, attempted: Attempted): { host: string; reason: string; hint?: string } {
  const status = tunnelStatus(error);
  const reason = `${connectWords(error)}${throughProxy(attempted)}`;
  const hint = status === 407 ? 'put user and password into the URL of the proxy' : connectHints[failureCode(error)];
  return { host: attempted.host, reason, ...(hint === undefined ? {} : { hint }) };
}

function throughProxy({ proxy }: Attempted): string {
  return proxy === undefined ? '' : ` (through the proxy ${proxy})`;
}

const connectReasons: Readonly<Record<string, string>> = {
  ENOTFOUND: 'unknown host',
  EAI_AGAIN: 'the name server does not answer',
  EAI_FAIL: 'the name server failed',
  EAI_NODATA: 'the name has no address',
  EAI_NONAME: 'unknown host',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'the connection was closed before it was complete',
  EPIPE: 'the connection was closed before it was complete',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  UND_ERR_PRX_CONN: 'the proxy closed the connection',
  EHOSTUNREACH: 'no route to the host',
  EHOSTDOWN: 'the host is down',
  ENETUNREACH: 'no route to its network',
  ENETDOWN: 'the network is down',
  EADDRNOTAVAIL: 'no local address is left',
  EACCES: 'this machine does not allow the connection',
  EPERM: 'this machine does not allow the connection',
  EMFILE: 'too many files are open in this process',
  ENFILE: 'too many files are open on this machine',
};

const connectHints: Readonly<Record<string, string>> = {
  ENOTFOUND: 'check the spelling of the name; behind a proxy set HTTPS_PROXY',
  ECONNREFUSED: 'nothing listens there: check the port, and whether the service runs',
};

function connectWords(error: unknown): string {
  const status = tunnelStatus(error);
  if (status === 407) return 'the proxy wants other credentials (407)';
  if (status !== undefined) return `the proxy answered ${status}`;
  const code = failureCode(error);
  return connectReasons[code] ?? tlsReason(error)?.reason ?? (code === '' ? 'the connection failed' : code);
}

/** What a proxy answered to CONNECT; undici has it only in the message. */
export function tunnelStatus(error: unknown): number | undefined {
  const text = error instanceof Error ? error.message : '';
  const status = /^Proxy response \((\d{3})\)|^Proxy Authentication Required \((\d{3})\)/.exec(text);
  return status ? Number(status[1] ?? status[2]) : undefined;
}

function interruption(error: unknown, patience: number): string {
  switch (failureCode(error)) {
    case 'ECONNRESET':
    case 'EPIPE':
      return 'the connection was reset';
    case 'UND_ERR_SOCKET':
    case 'HPE_INVALID_EOF_STATE':
      return 'the connection was closed too early';
    case 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH':
      return 'the body is shorter than its Content-Length';
    case 'UND_ERR_HEADERS_TIMEOUT':
      return `no answer for ${seconds(patience)}`;
    case 'UND_ERR_BODY_TIMEOUT':
      return `no data for ${seconds(patience)}`;
    case slowCode:
      return `almost no data for ${seconds(patience)}`;
    case 'UND_ERR_DESTROYED':
    case 'UND_ERR_CLOSED':
      return 'the client was closed';
    default:
      return connectWords(error);
  }
}

function seconds(milliseconds: number): string {
  return `${Math.round(milliseconds / 100) / 10} s`;
}

/** HTTPParserError carries bytes of the answer, which are nobody's business in a log. */
function withoutPayload(error: unknown): unknown {
  return failureCode(error).startsWith('HPE_') ? undefined : error;
}

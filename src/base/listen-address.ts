/** Where a server listens, and what that means for others. */
import { isIP } from 'node:net';
import { HoldfastError } from './errors/index.ts';

export interface ListenAddress {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
}

/**
 * `HOST:PORT`, or a port alone on the loopback address. Reaching further must be said: `:5000` is refused.
 * @throws USAGE
 */
export function parseListenAddress(text: string): ListenAddress {
  const [, host = '', port = ''] = /^(?:(\[[^\]]+\]|[^:[\]]*):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === '' || Number(port) > 65_535) throw wrong(text, 'it should be HOST:PORT, such as 127.0.0.1:5000');
  if (host === '' && text.includes(':'))
    throw wrong(
      text,
      'it names no host',
      `127.0.0.1:${port} is for this machine only, 0.0.0.0:${port} for all others too`,
    );
  const bare = host.replace(/^\[(.*)\]$/, '$1');
  return { host: bare === '' ? '127.0.0.1' : bare, port: Number(port) };
}

export function isLoopback(host: string): boolean {
  const isIPv4 = isIP(host) === 4 || /^::ffff:/i.test(host);
  return isIPv4 ? /^(?:::ffff:)?127\./i.test(host) : host === '::1' || host === 'localhost';
}

/** As it stands in a URL. A server that listens everywhere is reached under the name of this machine. */
export function urlHost(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return isIP(host) === 6 ? `[${host}]` : host;
}

function wrong(text: string, reason: string, hint?: string): HoldfastError {
  const message = `${JSON.stringify(text)} is not an address to listen on: ${reason}`;
  return new HoldfastError('USAGE', { message, ...(hint === undefined ? {} : { hint }) });
}

/** A server's beginning and end. */
import type http from 'node:http';
import { HoldfastError, type ListenAddress } from '../base/index.ts';
import { asRefused } from '../host/index.ts';

/** Milliseconds that requests get to end by themselves. */
const grace = 3000;

/** @returns the port. @throws HOST_REFUSED */
export async function listen(server: http.Server, { host, port }: ListenAddress): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => reject(asRefused('listen on', `${host}:${port}`, error)));
    server.listen({ host, port }, resolve);
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string')
    throw new HoldfastError('BUG', { message: 'the server has no port' });
  return bound.port;
}

/** Ends a server: at once for who waits, and for who is being answered after 3 seconds. */
export async function close(server: http.Server): Promise<void> {
  const closed = new Promise((resolve) => {
    server.close(resolve);
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), grace);
  await closed;
  clearTimeout(timer);
}

/** A way to a server on which connections break after so many bytes. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export interface CuttingProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  /** Connections that were broken so far. */
  readonly broken: number;
  /** The next connections break after so many bytes in one direction, each once. */
  cut(direction: 'up' | 'down', ...afterBytes: readonly number[]): void;
  /** Lets the rest pass. */
  forget(): void;
}

/** @param port of the server on 127.0.0.1 */
export async function startCuttingProxy(port: number): Promise<CuttingProxy> {
  const pending = { up: [] as number[], down: [] as number[] };
  const open = new Set<Socket>();
  let broken = 0;
  const carry = (from: Socket, to: Socket, direction: 'up' | 'down'): void => {
    from.on('data', (chunk: Buffer) => {
      const room = pending[direction][0];
      if (room === undefined || chunk.length < room) {
        if (room !== undefined) pending[direction][0] = room - chunk.length;
        if (!to.write(chunk)) from.pause();
        return;
      }
      pending[direction].shift();
      broken += 1;
      to.end(chunk.subarray(0, room));
      from.destroy();
      to.destroySoon();
    });
    to.on('drain', () => from.resume());
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => open.delete(from));
  };
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    for (const socket of [client, upstream]) open.add(socket);
    carry(client, upstream, 'up');
    carry(upstream, client, 'down');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    host: `127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    get broken() {
      return broken;
    },
    forget: () => {
      for (const bytes of [pending.up, pending.down]) bytes.length = 0;
    },
    cut: (direction, ...afterBytes) => pending[direction].push(...afterBytes),
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const socket of open) socket.destroy();
      await once(server, 'close');
    },
  };
}

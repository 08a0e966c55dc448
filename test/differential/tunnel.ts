/** A proxy by which hosts of any name are one server of this machine. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';

export interface Tunnel extends AsyncDisposable {
  /** What makes programs use it. */
  readonly env: Readonly<Record<string, string>>;
}

export async function startTunnel(target: string): Promise<Tunnel> {
  const { hostname, port } = new URL(`http://${target}`);
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(502).end());
  server.on('connect', (_request, client: Socket) => {
    const upstream = connect(Number(port), hostname, () => client.write('HTTP/1.1 200 Connected\r\n\r\n'));
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {
        client.destroy();
        upstream.destroy();
      });
    }
    client.pipe(upstream).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  const url = `http://127.0.0.1:${address.port}`;
  return {
    env: { HTTPS_PROXY: url, HTTP_PROXY: url },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

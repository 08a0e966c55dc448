/** A TCP proxy that counts what a registry sends, and can slow it down. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Transform } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export interface MeteredProxy extends AsyncDisposable {
  readonly host: string;
  /** Bytes that have gone to clients. */
  readonly bytes: number;
  /** Milliseconds to wait before each piece of at most 64 KiB. */
  delay: number;
  /** Resolves when so many bytes have gone to clients. */
  passed(bytes: number): Promise<void>;
}

export async function startMeteredProxy(target: string): Promise<MeteredProxy> {
  const { hostname, port } = new URL(`http://${target}`);
  const sockets = new Set<Socket>();
  const state = { bytes: 0, delay: 0 };
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {
        client.destroy();
        upstream.destroy();
      });
      socket.on('close', () => sockets.delete(socket));
    }
    client.pipe(upstream);
    upstream.pipe(meter(state)).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(address !== null && typeof address === 'object');
  return {
    host: `127.0.0.1:${address.port}`,
    get bytes() {
      return state.bytes;
    },
    set delay(milliseconds: number) {
      state.delay = milliseconds;
    },
    async passed(bytes) {
      while (state.bytes < bytes) await sleep(2);
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function meter(state: { bytes: number; delay: number }): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const pass = (): void => {
        state.bytes += chunk.length;
        done(null, chunk);
      };
      if (state.delay === 0) pass();
      else setTimeout(pass, state.delay);
    },
  });
}

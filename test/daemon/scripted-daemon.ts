/** A daemon of our own making: answers as it is told, on a socket in a temporary directory. */
import fs from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Daemon, openDaemon } from '../../src/daemon/index.ts';

export interface ScriptedDaemon {
  readonly daemon: Daemon;
  readonly directory: string;
  /** Path of its socket. */
  readonly socket: string;
  /** Method and URL of each request, in order. */
  readonly requests: string[];
}

export async function scriptedDaemon(test: TestContext, answer: http.RequestListener): Promise<ScriptedDaemon> {
  const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-daemon-'));
  const socket = join(directory, 'docker.sock');
  const requests: string[] = [];
  const server = http.createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  const daemon = openDaemon({ DOCKER_HOST: `unix://${socket}` });
  test.after(async () => {
    await daemon[Symbol.asyncDispose]();
    server.closeAllConnections();
    server.close();
    fs.rmSync(directory, { recursive: true, force: true });
  });
  return { daemon, directory, socket, requests };
}

/** Answers with a document. */
export function answers(status: number, document: unknown): http.RequestListener {
  return (request, response) => {
    request.resume();
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document));
  };
}

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

export async function* chunksOf(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

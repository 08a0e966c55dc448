/** Engines of our own making: a daemon that answers as it is told, and a podman that is a script. */
import fs from 'node:fs';
import type http from 'node:http';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { answers, scriptedDaemon } from '../daemon/scripted-daemon.ts';
import { scratch } from '../unpack/scratch.ts';

export const id = 'c0ffee'.padEnd(64, '0');

/** What an engine says of a container that does not run. */
export function inspected(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { Id: id, State: { Pid: 0, Running: false }, Mounts: [], ...more };
}

export type Environment = Readonly<Record<string, string>>;

/** A Docker Engine with one container, `web`; gives the environment that leads to it. */
export async function dockerWith(
  t: TestContext,
  container: unknown,
  exported: http.RequestListener,
): Promise<{ readonly env: Environment; readonly requests: string[] }> {
  const { socket, requests } = await scriptedDaemon(t, (request, response) => {
    if (request.url === '/containers/web/json') answers(200, container)(request, response);
    else if (request.url === `/containers/${id}/export`) exported(request, response);
    else answers(404, { message: 'No such container' })(request, response);
  });
  return { env: { DOCKER_HOST: `unix://${socket}` }, requests };
}

/** Answers with these bytes. */
export function sends(bytes: Uint8Array): http.RequestListener {
  return (request, response) => {
    request.resume();
    response.end(bytes);
  };
}

/** A `podman` that runs this shell script; its arguments are in `$*`. */
export function podmanWith(t: TestContext, script: string): Environment {
  const directory = scratch(t);
  fs.writeFileSync(path.join(directory, 'podman'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return { PATH: `${directory}:${process.env['PATH'] ?? ''}`, DIRECTORY: directory };
}

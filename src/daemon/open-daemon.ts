import { connectionTo } from './connection.ts';
import type { Daemon } from './daemon.ts';
import { DaemonApi } from './daemon-api.ts';
import { type Environment, findEndpoint } from './endpoint.ts';

/**
 * Finds the daemon as the docker command does: DOCKER_HOST (`unix://`, `tcp://`, `ssh://`, `npipe://`), DOCKER_TLS_VERIFY
 * and DOCKER_CERT_PATH, and the socket of the machine where nothing is set. Nothing is connected yet.
 * @throws USAGE for a DOCKER_HOST that is malformed, CREDENTIALS_INVALID for certificates that cannot be read
 */
export function openDaemon(env: Environment = process.env): Daemon {
  const endpoint = findEndpoint(env);
  return new DaemonApi(endpoint.address, connectionTo(endpoint, env));
}

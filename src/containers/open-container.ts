import { type ByteString, fromJsonText } from '../base/index.ts';
import { type Environment, openDaemon } from '../daemon/index.ts';
import type { Container, ContainerEngine } from './container.ts';
import { liveRoot } from './live-root.ts';
import { exportByPodman, inspectByPodman } from './podman.ts';

export interface OpenContainerOptions {
  readonly signal?: AbortSignal | undefined;
  /** That of the process by default. */
  readonly env?: Environment | undefined;
}

/**
 * Finds a container: of Docker through the Engine that DOCKER_HOST names, of Podman through the podman command.
 * @param name name or ID, of letters, digits and `_.-`
 * @throws IMAGE_NOT_FOUND, USAGE for a malformed DOCKER_HOST, CREDENTIALS_INVALID, HOST_UNREACHABLE, TLS_REFUSED,
 * DAEMON_REFUSED, PODMAN_REFUSED, the reason of the signal
 */
export async function openContainer(
  engine: ContainerEngine,
  name: string,
  options: OpenContainerOptions = {},
): Promise<Container> {
  return engine === 'docker' ? await openDockerContainer(name, options) : await openPodmanContainer(name, options);
}

async function openDockerContainer(name: string, { signal, env }: OpenContainerOptions): Promise<Container> {
  const daemon = openDaemon(env);
  try {
    const description = await daemon.inspectContainer(name, { signal });
    return {
      engine: 'docker',
      mounts: mountsOf(description.mounts),
      liveRoot: () => liveRoot(description),
      exportFiles: (asked) => daemon.exportContainer(description.id, { signal: asked }),
      [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
    };
  } catch (error) {
    await daemon[Symbol.asyncDispose]();
    throw error;
  }
}

async function openPodmanContainer(name: string, options: OpenContainerOptions): Promise<Container> {
  const description = await inspectByPodman(name, options);
  return {
    engine: 'podman',
    mounts: mountsOf(description.mounts),
    liveRoot: () => liveRoot(description),
    exportFiles: (signal) => exportByPodman(description.id, { ...options, signal }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Relative to the root, which is left out. */
function mountsOf(destinations: readonly string[]): ByteString[] {
  const names = destinations.map((path) => path.split('/').filter((name) => name !== '' && name !== '.'));
  return names.filter(({ length }) => length > 0).map((parts) => fromJsonText(parts.join('/')));
}

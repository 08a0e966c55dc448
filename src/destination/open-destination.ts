import { familiarImageName, formatImageName, type Reference } from '../oci/index.ts';
import { openDockerArchive, openDockerDaemon } from './docker-destination.ts';
import type { ImageDestination } from './image-destination.ts';
import { openLayout } from './layout-destination.ts';
import { openOciArchive } from './oci-archive-destination.ts';
import { openRegistry } from './registry-destination.ts';
import type { DestinationServices } from './services.ts';

/**
 * Opens the place an image is copied to.
 *
 * @throws HOST_REFUSED, STORE_INVALID, REFERENCE_INVALID for a digest where the transport has none
 * @throws HOST_UNREACHABLE, TLS_REFUSED, DAEMON_REFUSED, and the reason of the signal
 */
export async function openDestination(
  target: Reference,
  services: DestinationServices = {},
): Promise<ImageDestination> {
  services.signal?.throwIfAborted();
  const named = { ...services, reference: services.reference ?? textOf(target) };
  switch (target.transport) {
    case 'registry':
      return openRegistry(target.name, named);
    case 'oci':
      return openLayout(target, named);
    case 'oci-archive':
      return openOciArchive(target, named);
    case 'docker-archive':
      return openDockerArchive(target, named);
    case 'docker-daemon':
      return openDockerDaemon(target.name, named);
  }
}

function textOf(target: Reference): string {
  const { transport } = target;
  if (transport === 'registry') return `docker://${formatImageName(target.name)}`;
  if (transport === 'docker-daemon') return `${transport}:${familiarImageName(target.name)}`;
  if (transport === 'docker-archive') {
    return `${transport}:${target.path}${target.name ? `:${familiarImageName(target.name)}` : ''}`;
  }
  const suffix = target.digest === undefined ? (target.tag === undefined ? '' : `:${target.tag}`) : `@${target.digest}`;
  return `${transport}:${target.path}${suffix}`;
}

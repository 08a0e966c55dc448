import { HoldfastError, isHoldfastError, quoteText } from '../base/index.ts';
import { parseImageName } from '../oci/index.ts';

/**
 * The registry that a person means, who may write it as a web address: `HOST[:PORT]`, `docker.io` for Docker Hub. A word
 * that could be a user of Docker Hub is no host, here as in image names: else its password would go there.
 * @throws USAGE
 */
export function registryHost(text: string): string {
  const host = text.replace(/^(?:docker|https?):\/\//, '').replace(/\/(?:v[12]\/?)?$/, '');
  const registry = registryOf(host);
  const isHost = registry === 'docker.io' ? /^(?:index\.)?docker\.io$/.test(host) : registry === host;
  if (registry !== undefined && isHost) return registry;
  const hint =
    registry === undefined || registry === 'docker.io'
      ? 'a host has a dot or a port, such as registry.example or localhost:5000'
      : `the host alone: ${registry}`;
  throw new HoldfastError('USAGE', { message: `${quoteText(text)} is not the host of a registry`, hint });
}

function registryOf(host: string): string | undefined {
  try {
    return parseImageName(`${host}/x`).registry;
  } catch (error) {
    if (isHoldfastError(error, 'REFERENCE_INVALID')) return undefined;
    throw error;
  }
}

import { type ImageName, parseReference } from '../oci/index.ts';

/** A reference without what changes from build to build: the tag and digest of a registry or daemon. */
export function lastingName(text: string): string {
  const reference = parseReference(text);
  switch (reference.transport) {
    case 'registry':
    case 'docker-daemon':
      return `${reference.transport}:${repositoryOf(reference.name)}`;
    case 'docker-archive':
      return `${reference.transport}:${reference.path}:${reference.name ? repositoryOf(reference.name) : ''}`;
    default:
      return `${reference.transport}:${reference.path}:${reference.tag ?? ''}`;
  }
}

function repositoryOf({ registry, repository }: ImageName): string {
  return `${registry}/${repository}`;
}

/** References: one syntax for images, wherever they are. */
import { type Digest, HoldfastError, isHoldfastError, parseDigest } from '../base/index.ts';
import { type ImageName, parseImageName } from './image-name.ts';

export type Reference =
  | { readonly transport: 'registry'; readonly name: ImageName }
  | { readonly transport: 'docker-daemon'; readonly name: ImageName }
  | LayoutReference
  | DockerArchiveReference;

export interface LayoutReference {
  readonly transport: 'oci' | 'oci-archive';
  /** Directory, or file (`-` is stdin). */
  readonly path: string;
  /** Compared with `org.opencontainers.image.ref.name`; may hold colons and slashes. */
  readonly tag?: string;
  readonly digest?: Digest;
}

export interface DockerArchiveReference {
  readonly transport: 'docker-archive';
  /** File (`-` is stdin). */
  readonly path: string;
  readonly name?: ImageName;
}

/**
 * Reads a reference to an image. A text without a known transport is a name in a registry.
 *
 * @throws REFERENCE_INVALID, TRANSPORT_UNSUPPORTED for transports that Holdfast will not have
 */
export function parseReference(reference: string): Reference {
  if (/[\p{Cc}\p{Cs}]/u.test(reference)) return refuse(reference, 'it has control characters');
  const colon = reference.indexOf(':');
  const parse = colon < 0 ? undefined : transports.get(reference.slice(0, colon));
  return parse ? parse(reference.slice(colon + 1), reference) : parseBareName(reference);
}

type Parse = (rest: string, reference: string) => Reference;

const transports: ReadonlyMap<string, Parse> = new Map<string, Parse>([
  ['docker', parseRegistry],
  ['oci', (rest, reference) => parseLayout('oci', rest, reference)],
  ['oci-archive', (rest, reference) => parseLayout('oci-archive', rest, reference)],
  ['docker-archive', parseDockerArchive],
  ['docker-daemon', (rest, reference) => ({ transport: 'docker-daemon', name: parseImageName(rest, reference) })],
  ['containers-storage', refuseTransport],
  ['dir', refuseTransport],
  ...['rootfs', 'tar', 'layer', 'find', 'podman'].map((kind) => [kind, refuseTree] as const),
]);

function parseRegistry(rest: string, reference: string): Reference {
  // Without the slashes it is the image called "docker" on Docker Hub.
  if (!rest.startsWith('//')) return parseBareName(reference);
  return { transport: 'registry', name: parseImageName(rest.slice(2), reference) };
}

function parseLayout(transport: 'oci' | 'oci-archive', rest: string, reference: string): LayoutReference {
  const colon = rest.indexOf(':');
  if (colon < 0) return { transport, path: requirePath(rest, reference) };
  const [before, after] = [rest.slice(0, colon), rest.slice(colon + 1)];
  const algorithm = /@(sha\d+)$/.exec(before)?.[1];
  if (algorithm !== undefined) {
    const path = requirePath(before.slice(0, -algorithm.length - 1), reference);
    return { transport, path, digest: requireDigest(`${algorithm}:${after}`, reference) };
  }
  if (after === '') return refuse(reference, 'the tag is empty');
  return { transport, path: requirePath(before, reference), tag: after };
}

function parseDockerArchive(rest: string, reference: string): DockerArchiveReference {
  const colon = rest.indexOf(':');
  if (colon < 0) return { transport: 'docker-archive', path: requirePath(rest, reference) };
  const path = requirePath(rest.slice(0, colon), reference);
  const name = parseImageName(rest.slice(colon + 1), reference);
  if (name.digest !== undefined)
    return refuse(reference, 'images in a docker-archive are found by NAME:TAG, not by digest');
  return { transport: 'docker-archive', path, name };
}

function parseBareName(reference: string): Reference {
  if (reference === '') return refuse(reference, 'it is empty');
  if (reference === '-')
    return refuse(reference, 'it does not say what is there', 'write oci-archive:- or docker-archive:-');
  if (/^(?:[./~\\]|[A-Za-z]:[\\/])/.test(reference)) return refusePath(reference);
  const scheme = /^(https?):\/\/(.*)$/s.exec(reference);
  if (scheme) return refuse(reference, 'it is a web address', `for a registry write docker://${scheme[2]}`);
  const tree = /^(rootfs|tar|layer|find|podman):(?=[./-])/.exec(reference)?.[1];
  if (tree !== undefined) return refuse(reference, `${tree}: names a tree, and an image is needed here`);
  try {
    return { transport: 'registry', name: parseImageName(reference) };
  } catch (error) {
    if (isHoldfastError(error, 'REFERENCE_INVALID') && /\.(?:tar|tgz|tar\.\w+)$/.test(reference))
      return refusePath(reference);
    throw error;
  }
}

function refusePath(path: string): never {
  const [from, tag = ''] = splitAtColon(path);
  const transport = /\.(?:tar|tgz|tar\.\w+)$/.test(from) ? ['oci-archive:', 'docker-archive:'] : ['oci:'];
  const guesses = transport.map((prefix) => `${prefix}${from}${tag}`).join(' or ');
  return refuse(path, 'it is a path, and does not say what is there', `did you mean ${guesses}?`);
}

function splitAtColon(path: string): readonly [string, string?] {
  const colon = path.indexOf(':', 2);
  return colon < 0 ? [path] : [path.slice(0, colon), path.slice(colon)];
}

function refuseTransport(rest: string, reference: string): never {
  const transport = reference.slice(0, reference.length - rest.length - 1);
  const hint =
    transport === 'dir'
      ? `convert it first: skopeo copy ${reference} oci:DIR:TAG`
      : `write it to an archive first: podman save --format oci-archive -o FILE ${rest || 'IMAGE'}, then use oci-archive:FILE`;
  throw new HoldfastError('TRANSPORT_UNSUPPORTED', { transport, hint });
}

/** Where an image is wanted; a repository on Docker Hub that has such a name can be named in full. */
function refuseTree(_rest: string, reference: string): never {
  const inRegistry = `in a registry it would be docker://${reference}`;
  const hint = reference.startsWith('find:')
    ? inRegistry
    : `holdfast merge ${reference} --to oci:DIR:TAG makes an image of it; ${inRegistry}`;
  throw new HoldfastError('REFERENCE_INVALID', { reference, reason: 'it names a tree that is no image', hint });
}

function requirePath(path: string, reference: string): string {
  return path === '' ? refuse(reference, 'the path is empty') : path;
}

function requireDigest(text: string, reference: string): Digest {
  try {
    return parseDigest(text);
  } catch {
    return refuse(reference, 'what follows "@" is not sha256: or sha512: and a lower-case hex digest');
  }
}

function refuse(reference: string, reason: string, hint?: string): never {
  throw new HoldfastError('REFERENCE_INVALID', { reference, reason, ...(hint === undefined ? {} : { hint }) });
}

/** Names of images in registries: `[HOST/]NAME[:TAG][@DIGEST]`, with Docker's defaults. */
import { type Digest, HoldfastError, isHoldfastError, parseDigest } from '../base/index.ts';

/** A name with nothing left to guess. */
export interface ImageName {
  /** Host, with a port where one was given; `docker.io` by default. */
  readonly registry: string;
  /** Path inside the registry; `library/NAME` for a bare name on Docker Hub. */
  readonly repository: string;
  /** `latest` when neither a tag nor a digest was given. */
  readonly tag?: string;
  readonly digest?: Digest;
}

/**
 * Reads a name as `docker pull` does: what stands before the first slash is a host if it has a dot, a colon or an
 * upper-case letter, or is `localhost`.
 *
 * @throws REFERENCE_INVALID
 */
export function parseImageName(text: string, reference = text): ImageName {
  const refuse = (reason: string): never => {
    throw new HoldfastError('REFERENCE_INVALID', { reference, reason });
  };
  const [named, digest] = splitDigest(text, refuse);
  const [name, tag] = splitTag(named);
  if (name === '') return refuse('the name is empty');
  if (tag !== undefined && !tagPattern.test(tag)) return refuse(`the tag ${problemOfTag(tag)}`);
  const { registry, repository } = splitHost(name);
  if (!hostPattern.test(registry)) return refuse('the host is malformed');
  if (!repositoryPattern.test(repository)) return refuse(problemOfRepository(repository));
  if (registry.length + repository.length > 255) return refuse('the name is longer than 255 characters');
  const effectiveTag = tag ?? (digest === undefined ? 'latest' : undefined);
  return { registry, repository, ...(effectiveTag ? { tag: effectiveTag } : {}), ...(digest ? { digest } : {}) };
}

/** The whole name, defaults included: two names are of the same image if these are equal. */
export function formatImageName({ registry, repository, tag, digest }: ImageName): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** As people write it: without `docker.io/` and `library/`. */
export function familiarImageName(name: ImageName): string {
  return formatImageName(name).replace(/^docker\.io\/(?:library\/)?/, '');
}

/** A tag (distribution-spec): 128 characters, none of which means something in a path. */
const tagPattern = /^\w[\w.-]{0,127}$/;
const repositoryPattern = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const hostPattern =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62})(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,62}))*|\[[a-fA-F0-9:]+\])(?::\d{1,5})?$/;

type Refuse = (reason: string) => never;

function splitDigest(text: string, refuse: Refuse): readonly [string, Digest | undefined] {
  if (text.length > 1024) return refuse('it is longer than 1024 characters');
  const at = text.indexOf('@');
  if (at < 0) return [text, undefined];
  try {
    return [text.slice(0, at), parseDigest(text.slice(at + 1))];
  } catch (error) {
    if (!isHoldfastError(error, 'DIGEST_INVALID')) throw error;
    return refuse('what follows "@" is not sha256: or sha512: and a lower-case hex digest');
  }
}

/** A colon is a port's when a slash follows it. */
function splitTag(text: string): readonly [string, string | undefined] {
  const colon = text.lastIndexOf(':');
  if (colon < 0 || text.includes('/', colon)) return [text, undefined];
  return [text.slice(0, colon), text.slice(colon + 1)];
}

function splitHost(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = first === 'localhost' || /[.:[A-Z]/.test(first);
  const registry = isHost ? first : 'docker.io';
  const repository = isHost ? name.slice(slash + 1) : name;
  if (registry !== 'docker.io' && registry !== 'index.docker.io') return { registry, repository };
  return { registry: 'docker.io', repository: repository.includes('/') ? repository : `library/${repository}` };
}

function problemOfTag(tag: string): string {
  if (tag === '') return 'is empty';
  return tag.length > 128
    ? 'is longer than 128 characters'
    : 'has characters other than letters, digits, "_", "." and "-"';
}

function problemOfRepository(repository: string): string {
  if (/[A-Z]/.test(repository)) return 'the name has upper-case letters';
  return 'the name may have lower-case letters and digits, separated by ".", "_", "__", "-" or "/"';
}

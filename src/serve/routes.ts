/** The paths of the distribution-spec. */
import { type Digest, parseDigest } from '../base/index.ts';
import { type Answer, fault } from './answer.ts';
import { isRepository } from './names.ts';

export type Route =
  | { readonly kind: 'base' }
  | { readonly kind: 'catalog' }
  | { readonly kind: 'tags'; readonly repository: string }
  /** A reference is a digest, or any text that is not one. */
  | { readonly kind: 'manifest'; readonly repository: string; readonly reference: string }
  | { readonly kind: 'blob'; readonly repository: string; readonly digest: Digest }
  | { readonly kind: 'uploads'; readonly repository: string }
  | { readonly kind: 'upload'; readonly repository: string; readonly id: string }
  | { readonly kind: 'referrers'; readonly repository: string; readonly digest: Digest };

/** What is asked for, or why nothing can be. Nothing of the path is ever used as a path of the machine. */
export function routeOf(path: string): Route | Answer {
  const decoded = decode(path);
  if (decoded === undefined) return fault('NAME_INVALID', 'the path is not valid UTF-8');
  if (decoded === '/v2/' || decoded === '/v2') return { kind: 'base' };
  if (decoded === '/v2/_catalog') return { kind: 'catalog' };
  const [, repository = '', rest = ''] = resourcePattern.exec(decoded) ?? [];
  if (rest === '') return fault('UNSUPPORTED', 'there is nothing at this path', { status: 404 });
  if (!isRepository(repository)) return fault('NAME_INVALID', 'the repository name is malformed');
  return resourceOf(repository, rest);
}

/** The name is greedy, for its components may be called like what follows it. */
const resourcePattern =
  /^\/v2\/(.+)\/(tags\/list|manifests\/[^/]+|blobs\/uploads(?:\/[^/]*)?|blobs\/[^/]+|referrers\/[^/]+)$/s;

function resourceOf(repository: string, rest: string): Route | Answer {
  const [, kind, last = ''] = /^(blobs\/uploads|tags|manifests|blobs|referrers)\/?(.*)$/s.exec(rest) ?? [];
  if (kind === 'tags') return { kind: 'tags', repository };
  if (kind === 'manifests') return { kind: 'manifest', repository, reference: last };
  if (kind === 'blobs/uploads')
    return last === '' ? { kind: 'uploads', repository } : { kind: 'upload', repository, id: last };
  const digest = readDigest(last);
  if (digest === undefined) return fault('DIGEST_INVALID', 'the digest is malformed or of an unknown algorithm');
  return kind === 'blobs' ? { kind: 'blob', repository, digest } : { kind: 'referrers', repository, digest };
}

/** The digest, undefined for what is none. */
export function readDigest(text: string): Digest | undefined {
  try {
    return parseDigest(text);
  } catch {
    return undefined;
  }
}

function decode(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

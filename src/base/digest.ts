/** Content digests: the only names under which Holdfast reads or writes a blob. */
import { HoldfastError } from './errors/index.ts';

declare const digestBrand: unique symbol;
declare const diffIdBrand: unique symbol;

/** The digest of a blob as stored: `sha256:` or `sha512:` and lower-case hex. Made by {@link parseDigest} only. */
export type Digest = string & { readonly [digestBrand]: true };

/** The digest of a layer's uncompressed tar stream. Made by {@link parseDiffId} only; never a {@link Digest}. */
export type DiffId = string & { readonly [diffIdBrand]: true };

export type DigestAlgorithm = 'sha256' | 'sha512';

const grammar = /^(?:sha256:[a-f0-9]{64}|sha512:[a-f0-9]{128})$/;

/** @throws DIGEST_INVALID for anything but `sha256:` + 64 or `sha512:` + 128 lower-case hex digits. */
export function parseDigest(text: string): Digest {
  if (!grammar.test(text)) throw new HoldfastError('DIGEST_INVALID', { digest: text.slice(0, 160) });
  return text as Digest;
}

/** @throws DIGEST_INVALID as {@link parseDigest}. */
export function parseDiffId(text: string): DiffId {
  return parseDigest(text) as string as DiffId;
}

/** The hash function a digest names. */
export function digestAlgorithm(digest: Digest | DiffId): DigestAlgorithm {
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hex part of a digest. */
export function digestHex(digest: Digest | DiffId): string {
  return digest.slice(7);
}

/** A digest short enough for one line of text: algorithm and twelve digits. */
export function shortDigest(digest: string): string {
  return digest.replace(/^(sha\d+:[a-f0-9]{12})[a-f0-9]+$/, '$1…');
}

/** A layer blob: a tar, its compressed form and both its digests. */
import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { type DiffId, type Digest, parseDiffId, parseDigest } from '../base/index.ts';
import type { Compression } from '../codec/index.ts';
import type { EntrySpec } from './entry-spec.ts';
import { tarOf } from './tar-of.ts';

export interface LayerOptions {
  /** gzip unless told otherwise. */
  readonly compression?: Compression;
  /** That of an OCI layer with this compression unless told otherwise; the blob does not change with it. */
  readonly mediaType?: string;
}

export interface BuiltLayer {
  /** The blob as stored. */
  readonly bytes: Buffer;
  readonly digest: Digest;
  /** Bytes of the blob as stored. */
  readonly size: number;
  readonly mediaType: string;
  /** The blob uncompressed. */
  readonly tar: Buffer;
  readonly diffId: DiffId;
}

/** A layer with these entries, or with these bytes as its uncompressed tar. */
export function layerOf(source: Iterable<EntrySpec> | Uint8Array, options: LayerOptions = {}): BuiltLayer {
  const compression = options.compression ?? 'gzip';
  const tar = source instanceof Uint8Array ? Buffer.from(source) : tarOf(source);
  const bytes = compress(tar, compression);
  return {
    bytes,
    digest: sha256Of(bytes),
    size: bytes.length,
    mediaType: options.mediaType ?? layerMediaType(compression),
    tar,
    diffId: parseDiffId(sha256Of(tar)),
  };
}

/** `sha256:` and the hash of the bytes. */
export function sha256Of(bytes: Uint8Array): Digest {
  return parseDigest(`sha256:${createHash('sha256').update(bytes).digest('hex')}`);
}

function compress(tar: Buffer, compression: Compression): Buffer {
  if (compression === 'none') return tar;
  return compression === 'gzip' ? gzipSync(tar) : zstdCompressSync(tar);
}

function layerMediaType(compression: Compression): string {
  const suffix = compression === 'none' ? '' : `+${compression}`;
  return `application/vnd.oci.image.layer.v1.tar${suffix}`;
}

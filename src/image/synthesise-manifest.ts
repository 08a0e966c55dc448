/** A manifest for an image that was stored without one. */
import { setImmediate } from 'node:timers/promises';
import { type Digest, HoldfastError, parseDigest } from '../base/index.ts';
import { type Compression, createHasher, detectCompression, digestOf, magicLength } from '../codec/index.ts';
import { mediaTypes, parseManifest } from '../oci/index.ts';
import type { ArchivedManifest, ArchivedParts } from './archived-parts.ts';
import { type OpenedFile, readFully } from './files.ts';

const bytesAtOnce = 1024 * 1024;

/**
 * A Docker schema 2 manifest of the layers as they are stored: the same for the same archive, always. A plain tar is
 * named by its DiffID, which whoever reads the layer verifies; only a compressed one is hashed here.
 *
 * @throws HOST_REFUSED, LIMIT_EXCEEDED past 1000 layers
 */
export async function synthesiseManifest(parts: ArchivedParts, signal?: AbortSignal): Promise<ArchivedManifest> {
  const { configDigest, configFile } = parts;
  const blobs = new Map([[configDigest, configFile]]);
  const layers = [];
  for (const [position, { file }] of parts.layers.entries()) {
    const compression = compressionOf(file);
    const diffId = parts.config.rootfs.diff_ids[position];
    const digest = compression === 'none' && diffId ? parseDigest(diffId) : await hashFile(file, signal);
    blobs.set(digest, file);
    layers.push({ mediaType: layerMediaType(compression), size: file.size, digest });
  }
  const config = { mediaType: mediaTypes.dockerConfig, size: configFile.size, digest: configDigest };
  const manifest = { schemaVersion: 2, mediaType: mediaTypes.dockerManifest, config, layers };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const document = parseManifest(bytes, { what: 'the manifest' });
  return { root: { bytes, digest: digestOf(bytes), document }, blobs };
}

function compressionOf(file: OpenedFile): Compression {
  const start = Buffer.alloc(Math.min(magicLength, file.size));
  return detectCompression(start.subarray(0, readFully(file.fd, start, file.offset)));
}

function layerMediaType(compression: Compression): string {
  return compression === 'none' ? mediaTypes.dockerLayer : `${mediaTypes.dockerLayer}.${compression}`;
}

async function hashFile(file: OpenedFile, signal: AbortSignal | undefined): Promise<Digest> {
  const hasher = createHasher('sha256');
  const buffer = Buffer.alloc(Math.min(bytesAtOnce, file.size));
  while (hasher.bytes < file.size) {
    signal?.throwIfAborted();
    const chunk = buffer.subarray(0, Math.min(buffer.length, file.size - hasher.bytes));
    const length = readFully(file.fd, chunk, file.offset + hasher.bytes);
    if (length < chunk.length) {
      const actual = hasher.bytes + length;
      throw new HoldfastError('SIZE_MISMATCH', { expected: file.size, actual, what: 'a layer of the archive' });
    }
    hasher.update(chunk);
    // Lets an abort come through.
    await setImmediate();
  }
  return hasher.digest();
}

/** What the driver of the store writes. */
import { type Digest, digestAlgorithm, digestHex } from '../../src/base/index.ts';
import { digestOf } from '../../src/codec/index.ts';
import type { Descriptor } from '../../src/oci/index.ts';
import { jsonBytes } from '../../src/testing/index.ts';

export interface WrittenBlob {
  readonly bytes: Buffer;
  readonly digest: Digest;
  readonly size: number;
}

export const unusedForDays = 30;

function blobOf(bytes: Buffer): WrittenBlob {
  return { bytes, digest: digestOf(bytes), size: bytes.length };
}

/** A layer that comes in pieces. */
export const arriving = blobOf(Buffer.alloc(10_000, 'layer'));

/** A layer that another layout on the same file system has. */
export const shared = blobOf(Buffer.alloc(8000, 'shared'));

const config = blobOf(jsonBytes({ rootfs: { type: 'layers', diff_ids: [] } }));
const manifest = blobOf(
  jsonBytes({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptorOf(config, 'application/vnd.oci.image.config.v1+json'),
    layers: [arriving, shared].map((blob) => descriptorOf(blob, 'application/vnd.oci.image.layer.v1.tar')),
  }),
);

/** The config and the manifest. */
export const smallBlobs: readonly WrittenBlob[] = [config, manifest];

export const manifestDescriptor: Descriptor = descriptorOf(manifest, 'application/vnd.oci.image.manifest.v1+json');

/** The name of the file of a blob that is arriving. */
export function partialName(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest)}`;
}

function descriptorOf({ digest, size }: WrittenBlob, mediaType: string): Descriptor {
  return { mediaType, digest, size };
}

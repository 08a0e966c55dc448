/** The documents that make a directory or an archive an OCI layout (OCI image-spec, image-layout.md). */
import { type Digest, digestAlgorithm, digestHex } from '../base/index.ts';
import { type Descriptor, mediaTypes } from '../oci/index.ts';
import type { DestinationDocument } from './image-destination.ts';

export const layoutFile = jsonBytes({ imageLayoutVersion: '1.0.0' });

export function layoutIndex(manifests: readonly Descriptor[]): Uint8Array {
  return jsonBytes({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests });
}

/** Entries of the documents that refer to another one: nothing else in a layout leads to them. */
export class Referrers {
  readonly #entries = new Map<string, Descriptor>();

  add(document: DestinationDocument): void {
    const { subject, artifactType } = document.document;
    if (subject === undefined) return;
    this.#entries.set(document.digest, entryOf(document, artifactType === undefined ? {} : { artifactType }));
  }

  /** Without that of the root, which has an entry of its own. */
  besides(root: DestinationDocument): readonly Descriptor[] {
    return [...this.#entries.values()].filter(({ digest }) => digest !== root.digest);
  }
}

/** Where a layout has a blob (OCI image-spec, image-layout.md). */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** How a layout refers to a document. */
export function entryOf(
  document: Pick<Descriptor, 'mediaType' | 'digest'> & { readonly bytes: Uint8Array },
  more: Partial<Descriptor> = {},
): Descriptor {
  return { mediaType: document.mediaType, digest: document.digest, size: document.bytes.length, ...more };
}

export function jsonBytes(value: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(value));
}

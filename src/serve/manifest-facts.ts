/** What the registry has to know of a stored manifest or index, read once. */
import fs from 'node:fs';
import { type Digest, maxDocumentBytes } from '../base/index.ts';
import {
  type Descriptor,
  type ImageDocument,
  isForeignLayerMediaType,
  isIndexMediaType,
  isManifestMediaType,
  parseDocument,
} from '../oci/index.ts';
import type { LayoutStore } from '../store/index.ts';
import { openBlob } from './stored-blob.ts';

export interface ManifestFacts {
  /** What an index refers to. Some of it may not be there: an index may be sparse. */
  readonly manifests: readonly Descriptor[];
  /** What a manifest needs: its config and layers, without those that registries do not hold. */
  readonly blobs: readonly Descriptor[];
  readonly subject: Digest | undefined;
  readonly artifactType: string | undefined;
  /** Those of a manifest that has a subject, for whoever lists referrers. */
  readonly annotations: Readonly<Record<string, string>> | undefined;
}

/** Reads facts, and remembers them: a digest never means something else. */
export interface FactReader {
  /** Undefined when the manifest is not there or is not one. @throws HOST_REFUSED */
  read(descriptor: Descriptor): ManifestFacts | undefined;
}

export function createFactReader(store: LayoutStore, mostBytes = 64 * 1024 * 1024): FactReader {
  const known = new Map<Digest, { readonly facts: ManifestFacts; readonly bytes: number }>();
  let held = 0;
  const forgetOldest = (): void => {
    for (const [digest, { bytes }] of known) {
      if (held <= mostBytes) return;
      known.delete(digest);
      held -= bytes;
    }
  };
  return {
    read(descriptor) {
      const found = known.get(descriptor.digest);
      if (found !== undefined) return found.facts;
      const bytes = readStored(store, descriptor.digest);
      const facts = bytes && factsOf(bytes, descriptor.mediaType);
      if (bytes === undefined || facts === undefined) return undefined;
      known.set(descriptor.digest, { facts, bytes: bytes.length });
      held += bytes.length;
      forgetOldest();
      return facts;
    },
  };
}

/** The bytes of a stored document; undefined when it is not there or is too large to be one. @throws HOST_REFUSED */
function readStored(store: LayoutStore, digest: Digest): Uint8Array | undefined {
  using blob = openBlob(store, digest);
  if (blob === undefined || blob.size > maxDocumentBytes) return undefined;
  const bytes = Buffer.alloc(blob.size);
  let filled = 0;
  while (filled < bytes.length) {
    const count = fs.readSync(blob.fd, bytes, filled, bytes.length - filled, filled);
    if (count === 0) return undefined;
    filled += count;
  }
  return bytes;
}

/** @throws every code of documents */
export function factsOfDocument(document: ImageDocument): ManifestFacts {
  const subject = document.subject?.digest;
  const annotations = subject === undefined ? undefined : document.annotations;
  if (document.kind === 'index') {
    return { manifests: document.manifests, blobs: [], subject, artifactType: document.artifactType, annotations };
  }
  const artifactType = document.artifactType || document.config.mediaType;
  const layers = document.layers.filter((layer) => !isForeignLayerMediaType(layer.mediaType));
  return { manifests: [], blobs: [document.config, ...layers], subject, artifactType, annotations };
}

function factsOf(bytes: Uint8Array, mediaType: string): ManifestFacts | undefined {
  if (!isManifestMediaType(mediaType) && !isIndexMediaType(mediaType)) return undefined;
  try {
    return factsOfDocument(parseDocument(bytes, { mediaType, what: 'a stored manifest' }));
  } catch {
    return undefined;
  }
}

/** What the registry has to know of a stored manifest or index, read once. */
import fs from 'node:fs';
import { type Digest, maxDocumentBytes } from '../base/index.ts';
import { type Descriptor, type ImageDocument, isForeignLayerMediaType, parseDocument } from '../oci/index.ts';
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
  /** Undefined when it is not there or too large; what is no manifest refers to nothing. @throws HOST_REFUSED */
  read(descriptor: Pick<Descriptor, 'digest'>): ManifestFacts | undefined;
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
      if (bytes === undefined) return undefined;
      const facts = factsOf(bytes);
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

const nothing: ManifestFacts = {
  manifests: [],
  blobs: [],
  subject: undefined,
  artifactType: undefined,
  annotations: undefined,
};

/** By the document's own word, whatever refers to it may say. */
function factsOf(bytes: Uint8Array): ManifestFacts {
  try {
    return factsOfDocument(parseDocument(bytes, { what: 'a stored manifest' }));
  } catch {
    return nothing;
  }
}

/** The manifest that a docker-archive has of its own when it is an OCI layout at the same time. */
import { type Digest, digestHex, HoldfastError, isHoldfastError, maxIndexDepth } from '../base/index.ts';
import { type ImageIndex, isIndexMediaType, isManifestMediaType, type Descriptor } from '../oci/index.ts';
import type { ArchivedManifest, ArchivedParts } from './archived-parts.ts';
import type { FileTree, OpenedFile } from './files.ts';
import { readLayoutIndex } from './layout-source.ts';
import {
  blobPath,
  isIndex,
  isManifest,
  layoutBlobs,
  type OpenBlob,
  readStoredDocument,
  type VerifiedDocument,
  type VerifiedManifest,
} from './source.ts';

/**
 * The manifest of the layout with the same config; undefined when the archive is no layout or has none.
 *
 * @throws ARCHIVE_INVALID when layout and manifest.json list other layers, and every code of documents
 */
export function findLayoutManifest(files: FileTree, parts: ArchivedParts): ArchivedManifest | undefined {
  if (files.open('oci-layout') === undefined || files.open('index.json') === undefined) return undefined;
  const search = new ManifestSearch(layoutBlobs(files), parts.configDigest);
  const root = search.find(readLayoutIndex(files), 1);
  if (root === undefined) return undefined;
  requireSameLayers(root, parts, files);
  const blobs = new Map<Digest, OpenedFile>([[parts.configDigest, parts.configFile]]);
  for (const [position, { digest }] of root.document.layers.entries()) {
    const file = parts.layers[position]?.file;
    if (file) blobs.set(digest, file);
  }
  return { root, blobs };
}

class ManifestSearch {
  readonly #openBlob: OpenBlob;
  readonly #config: Digest;
  readonly #seen = new Set<Digest>();

  constructor(openBlob: OpenBlob, config: Digest) {
    this.#openBlob = openBlob;
    this.#config = config;
  }

  find(index: ImageIndex, depth: number): VerifiedManifest | undefined {
    for (const entry of index.manifests) {
      if (this.#seen.has(entry.digest)) continue;
      this.#seen.add(entry.digest);
      const found = this.#read(entry);
      if (found === undefined) continue;
      if (isManifest(found) && found.document.config.digest === this.#config) return found;
      const inner = isIndex(found) && depth < maxIndexDepth ? this.find(found.document, depth + 1) : undefined;
      if (inner !== undefined) return inner;
    }
    return undefined;
  }

  /** Docker saves one platform of an index: the others are not there. */
  #read(entry: Descriptor): VerifiedDocument | undefined {
    if (!isManifestMediaType(entry.mediaType) && !isIndexMediaType(entry.mediaType)) return undefined;
    try {
      return readStoredDocument(this.#openBlob, entry, 'a manifest of the archive');
    } catch (error) {
      if (isHoldfastError(error, 'BLOB_MISSING')) return undefined;
      throw error;
    }
  }
}

/** Readers of manifest.json and readers of the layout must see the same image. */
function requireSameLayers(root: VerifiedManifest, parts: ArchivedParts, files: FileTree): void {
  const own = root.document.layers;
  const same =
    own.length === parts.layers.length && own.every((layer, at) => isMember(layer, parts.layers[at]?.member));
  if (same) return;
  const reason = 'its manifest.json and its index.json give the same image different layers';
  throw new HoldfastError('ARCHIVE_INVALID', { file: files.name, reason });
}

function isMember({ digest }: Descriptor, member = ''): boolean {
  return member === blobPath(digest) || member.includes(digestHex(digest));
}

/** From what a reference names to the manifest of one image. */
import { HoldfastError, isHoldfastError } from '../base/index.ts';
import {
  choosePlatform,
  type Descriptor,
  type DocumentPlatform,
  formatPlatform,
  type ImageConfig,
  type ImageManifest,
  isImageConfigMediaType,
  isManifestMediaType,
  normalisePlatform,
  parseConfig,
  type Platform,
  suitability,
} from '../oci/index.ts';
import { thisMachine } from './machine.ts';
import {
  type ImageSource,
  isIndex,
  isManifest,
  type OpenBlob,
  readBlob,
  readDocument,
  type VerifiedManifest,
} from './source.ts';

/**
 * Chooses in an index; a single manifest is used whatever it is for, unless a platform was asked for.
 *
 * @param wanted undefined means this machine's.
 * @throws PLATFORM_NOT_FOUND, LIMIT_EXCEEDED, and every code of documents
 */
export async function resolvePlatform(source: ImageSource, wanted: Platform | undefined): Promise<VerifiedManifest> {
  const { root, openBlob } = source;
  if (isManifest(root)) {
    if (wanted !== undefined) requirePlatform(root.document, wanted, openBlob);
    return root;
  }
  if (!isIndex(root)) throw new HoldfastError('BUG', { message: 'a document is neither a manifest nor an index' });
  const chosen = await choosePlatform(root.document, wanted ?? thisMachine(), {
    readIndex: async (entry) => ifPresent(() => readIndexEntry(openBlob, entry)),
    readPlatform: async (entry) => ifPresent(() => platformOfEntry(openBlob, entry)),
  });
  return readManifest(openBlob, chosen);
}

/** The config of an image. @throws MEDIA_TYPE_UNSUPPORTED for an artifact, and every code of documents */
export function readConfig(openBlob: OpenBlob, manifest: ImageManifest): { bytes: Uint8Array; config: ImageConfig } {
  const { mediaType } = manifest.config;
  if (!isImageConfigMediaType(mediaType)) {
    const hint = 'this is an artifact (such as a chart or a signature), not a container image';
    throw new HoldfastError('MEDIA_TYPE_UNSUPPORTED', { mediaType, what: 'the config', hint });
  }
  const bytes = readBlob(openBlob, manifest.config, 'the config');
  return { bytes, config: parseConfig(bytes) };
}

/** What a config says its image is for; undefined when it does not say. */
export function platformOf({ os = '', architecture = '', variant }: ImageConfig): DocumentPlatform | undefined {
  return os === '' && architecture === '' ? undefined : { os, architecture, variant };
}

function requirePlatform(manifest: ImageManifest, wanted: Platform, openBlob: OpenBlob): void {
  const platform = platformOf(readConfig(openBlob, manifest).config);
  const found = platform === undefined ? undefined : normalisePlatform(platform);
  if (found !== undefined && suitability(found, wanted) !== undefined) return;
  const available = found === undefined ? [] : [formatPlatform(found)];
  throw new HoldfastError('PLATFORM_NOT_FOUND', { wanted: formatPlatform(wanted), available });
}

function readIndexEntry(openBlob: OpenBlob, entry: Descriptor) {
  const found = readDocument(openBlob, entry, 'an index inside the index');
  return isIndex(found) ? found.document : undefined;
}

function platformOfEntry(openBlob: OpenBlob, entry: Descriptor): DocumentPlatform | undefined {
  if (!isManifestMediaType(entry.mediaType)) return undefined;
  const { document } = readManifest(openBlob, entry);
  if (!isImageConfigMediaType(document.config.mediaType)) return undefined;
  return platformOf(readConfig(openBlob, document).config);
}

function readManifest(openBlob: OpenBlob, entry: Descriptor): VerifiedManifest {
  const found = readDocument(openBlob, entry, 'the manifest');
  if (isManifest(found)) return found;
  throw new HoldfastError('DOCUMENT_INVALID', { what: 'the manifest', reason: 'it is an index' });
}

/** Layouts need not hold every image of an index. */
function ifPresent<Result>(read: () => Result): Result | undefined {
  try {
    return read();
  } catch (error) {
    if (isHoldfastError(error, 'BLOB_MISSING')) return undefined;
    throw error;
  }
}

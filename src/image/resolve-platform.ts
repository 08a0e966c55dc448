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
import { type ImageSource, isIndex, isManifest, readDocument, type VerifiedManifest } from './source.ts';

/**
 * Chooses in an index; a single manifest is used whatever it is for, unless a platform was asked for.
 *
 * @param wanted undefined means this machine's.
 * @throws PLATFORM_NOT_FOUND, LIMIT_EXCEEDED, and every code of documents
 */
export async function resolvePlatform(source: ImageSource, wanted: Platform | undefined): Promise<VerifiedManifest> {
  const { root } = source;
  if (isManifest(root)) {
    if (wanted !== undefined) await requirePlatform(root.document, wanted, source);
    return root;
  }
  if (!isIndex(root)) throw new HoldfastError('BUG', { message: 'a document is neither a manifest nor an index' });
  const chosen = await choosePlatform(root.document, wanted ?? thisMachine(), {
    readIndex: (entry) => ifPresent(() => readIndexEntry(source, entry)),
    readPlatform: (entry) => ifPresent(() => platformOfEntry(source, entry)),
  });
  return await readManifest(source, chosen);
}

/** The config of an image. @throws MEDIA_TYPE_UNSUPPORTED for an artifact, and every code of documents */
export async function readConfig(
  source: ImageSource,
  manifest: ImageManifest,
): Promise<{ bytes: Uint8Array; config: ImageConfig }> {
  const { mediaType } = manifest.config;
  if (!isImageConfigMediaType(mediaType)) {
    const hint = 'this is an artifact (such as a chart or a signature), not a container image';
    throw new HoldfastError('MEDIA_TYPE_UNSUPPORTED', { mediaType, what: 'the config', hint });
  }
  const bytes = await source.readBlob(manifest.config, 'the config');
  return { bytes, config: parseConfig(bytes) };
}

/** What a config says its image is for; undefined when it does not say. */
export function platformOf({ os = '', architecture = '', variant }: ImageConfig): DocumentPlatform | undefined {
  return os === '' && architecture === '' ? undefined : { os, architecture, variant };
}

/**
 * What an entry of an index says its image is for, or else what its config says; undefined for what is no image, or is
 * not here.
 *
 * @throws every code of documents
 */
export async function platformOfMember(source: ImageSource, entry: Descriptor): Promise<DocumentPlatform | undefined> {
  const { platform } = entry;
  if (platform !== undefined && (platform.os !== '' || platform.architecture !== '')) return platform;
  return await ifPresent(() => platformOfEntry(source, entry));
}

async function requirePlatform(manifest: ImageManifest, wanted: Platform, source: ImageSource): Promise<void> {
  const platform = platformOf((await readConfig(source, manifest)).config);
  const found = platform === undefined ? undefined : normalisePlatform(platform);
  if (found !== undefined && suitability(found, wanted) !== undefined) return;
  const available = found === undefined ? [] : [formatPlatform(found)];
  throw new HoldfastError('PLATFORM_NOT_FOUND', { wanted: formatPlatform(wanted), available });
}

async function readIndexEntry(source: ImageSource, entry: Descriptor) {
  const found = await readDocument(source, entry, 'an index inside the index');
  return isIndex(found) ? found.document : undefined;
}

async function platformOfEntry(source: ImageSource, entry: Descriptor): Promise<DocumentPlatform | undefined> {
  if (!isManifestMediaType(entry.mediaType)) return undefined;
  const { document } = await readManifest(source, entry);
  if (!isImageConfigMediaType(document.config.mediaType)) return undefined;
  return platformOf((await readConfig(source, document)).config);
}

async function readManifest(source: ImageSource, entry: Descriptor): Promise<VerifiedManifest> {
  const found = await readDocument(source, entry, 'the manifest');
  if (isManifest(found)) return found;
  throw new HoldfastError('DOCUMENT_INVALID', { what: 'the manifest', reason: 'it is an index' });
}

/** Layouts need not hold every image of an index. */
async function ifPresent<Result>(read: () => Promise<Result>): Promise<Result | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isHoldfastError(error, 'BLOB_MISSING')) return undefined;
    throw error;
  }
}

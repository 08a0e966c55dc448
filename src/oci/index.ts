/**
 * The documents of images (descriptors, manifests, indexes, configs), their platforms, and the names by which images
 * are asked for. Pure: bytes and text in, typed values out; it opens nothing.
 */
export { choosePlatform, type IndexReader } from './choose-platform.ts';
export { historyMatches, type HistoryEntry, type ImageConfig, parseConfig, type RuntimeConfig } from './config.ts';
export { type Descriptor, embeddedData, refNameOf } from './descriptor.ts';
export {
  type DocumentOptions,
  type ImageDocument,
  type ImageIndex,
  type ImageManifest,
  parseDocument,
  parseIndex,
  parseManifest,
} from './documents.ts';
export { familiarImageName, formatImageName, type ImageName, parseImageName } from './image-name.ts';
export { documentTooLarge, maxJsonDepth, parseJson } from './json.ts';
export { type ArchivedImage, parseArchiveManifest, parseLayoutFile } from './layout-file.ts';
export {
  type IndexMediaType,
  isForeignLayerMediaType,
  isImageConfigMediaType,
  isIndexMediaType,
  isLayerMediaType,
  isManifestMediaType,
  type ManifestMediaType,
  mediaTypes,
} from './media-types.ts';
export {
  type DocumentPlatform,
  formatPlatform,
  normalisePlatform,
  parsePlatform,
  type Platform,
  suitability,
} from './platform.ts';
export { type DockerArchiveReference, type LayoutReference, parseReference, type Reference } from './reference.ts';

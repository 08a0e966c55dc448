/**
 * Where images come from: OCI layouts and archives, opened, checked and resolved to one platform. Gives documents as
 * values and layers as ranges of open files; it reads no layer.
 */
export { contentOfFile, type OpenedContent } from './blob-content.ts';
export type { BlobLocation, OpenedFile } from './files.ts';
export type { Image, ImageLayer } from './image.ts';
export { amd64Level, thisMachine } from './machine.ts';
export { openArchive, type OpenArchive, spoolArchive } from './open-archive.ts';
export { imageIn, openImage } from './open-image.ts';
export { type NamedDocument, openReference } from './open-reference.ts';
export { type OpenOptions, openSource } from './open-source.ts';
export {
  type ImageSource,
  isIndex,
  isManifest,
  readDocument,
  type VerifiedDocument,
  type VerifiedIndex,
  type VerifiedManifest,
} from './source.ts';
export { platformOfMember, resolvePlatform } from './resolve-platform.ts';

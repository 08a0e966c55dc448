/**
 * Where images come from: OCI layouts and archives, opened, checked and resolved to one platform. Gives documents as
 * values and layers as ranges of open files; it reads no layer.
 */
export type { BlobLocation } from './files.ts';
export type { Image, ImageLayer } from './image.ts';
export { amd64Level, thisMachine } from './machine.ts';
export { openImage } from './open-image.ts';
export { type NamedDocument, openReference } from './open-reference.ts';
export { type OpenOptions, openSource } from './open-source.ts';
export { type ImageSource, isIndex, isManifest, readDocument, type VerifiedDocument } from './source.ts';
export { resolvePlatform } from './resolve-platform.ts';

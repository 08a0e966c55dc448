/** OCI image layouts, as a directory or as one tar. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { digestAlgorithm, digestHex, type Digest } from '../base/index.ts';
import { directory, file } from './entries.ts';
import type { EntrySpec } from './entry-spec.ts';
import { type BuiltImage, type BuiltIndex, descriptorOf, jsonBytes, type JsonObject } from './image-of.ts';
import { tarOf } from './tar-of.ts';

/** Images and indexes by tag (`org.opencontainers.image.ref.name`); the tag `''` gives one without a name. */
export type TaggedImages = Readonly<Record<string, BuiltImage | BuiltIndex>>;

/** Writes a layout into a directory, which is made when it is absent. What is there already stays. */
export function writeLayout(path: string, images: TaggedImages): void {
  for (const [name, bytes] of layoutFiles(images)) {
    const target = join(path, name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, bytes);
  }
}

/** The tar of a layout, as `skopeo copy … oci-archive:FILE` makes it. */
export function ociArchiveOf(images: TaggedImages): Buffer {
  return tarOf(archiveEntries(layoutFiles(images)));
}

/** The files of a layout by path, in byte order. */
export function layoutFiles(images: TaggedImages): ReadonlyMap<string, Buffer> {
  const files = new Map<string, Buffer>();
  for (const image of Object.values(images)) addBlobs(files, image);
  files.set('oci-layout', jsonBytes({ imageLayoutVersion: '1.0.0' }));
  files.set('index.json', jsonBytes({ schemaVersion: 2, manifests: Object.entries(images).map(taggedDescriptor) }));
  return sorted(files);
}

/** The path of a blob inside a layout. */
export function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** Files by path as entries, each directory before what it holds. */
export function archiveEntries(files: ReadonlyMap<string, Buffer>): EntrySpec[] {
  const directories = new Set<string>();
  for (const path of files.keys()) {
    const parts = path.split('/');
    for (let depth = 1; depth < parts.length; depth++) directories.add(`${parts.slice(0, depth).join('/')}/`);
  }
  return [
    ...[...directories].sort().map((path) => directory(path)),
    ...[...files].map(([path, bytes]) => file(path, bytes)),
  ];
}

/** Adds every blob that an image or index needs. */
export function addBlobs(files: Map<string, Buffer>, image: BuiltImage | BuiltIndex): void {
  if (image.kind === 'index') {
    files.set(blobPath(image.digest), image.bytes);
    for (const member of image.members) addBlobs(files, member);
    return;
  }
  files.set(blobPath(image.digest), image.manifest);
  files.set(blobPath(image.configDigest), image.config);
  for (const layer of image.layers) files.set(blobPath(layer.digest), layer.bytes);
}

function taggedDescriptor([tag, image]: readonly [string, BuiltImage | BuiltIndex]): JsonObject {
  const annotations = tag === '' ? {} : { annotations: { 'org.opencontainers.image.ref.name': tag } };
  return { ...descriptorOf(image), ...annotations };
}

function sorted(files: ReadonlyMap<string, Buffer>): ReadonlyMap<string, Buffer> {
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)));
}

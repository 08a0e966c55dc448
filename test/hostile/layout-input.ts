/** Layouts that are tampered with after they were written right. */
import fs from 'node:fs';
import { join } from 'node:path';
import {
  blobPath,
  type BuiltImage,
  type BuiltIndex,
  file,
  imageOf,
  type ImageOptions,
  jsonBytes,
  type JsonObject,
  layerOf,
  sha256Of,
  writeLayout,
} from '../../src/testing/index.ts';
import type { HostileImage } from './hostile-row.ts';

export const layer = layerOf([file('f', 'hello')]);
export const good = imageOf([layer]);
export const goodTree = { tree: [file('f', 'hello')] };

/** An image with other documents. */
export const withDocuments = (options: ImageOptions): HostileImage => ({ image: imageOf([layer], options) });

/** A layout with an image, and what is done to its directory then. */
export function tampered(
  tamper: (directory: string) => void,
  image: BuiltImage | BuiltIndex = good,
  tag = 'latest',
): HostileImage {
  return {
    write: (directory) => {
      writeLayout(directory, { [tag]: image });
      tamper(directory);
      return `oci:${directory}:${tag}`;
    },
  };
}

/** The manifest's text with a part replaced; everything that names it is right. */
export function withManifestText(replace: (text: string) => string): HostileImage {
  return replacedManifest(Buffer.from(replace(good.manifest.toString())));
}

/** The config's text with a part replaced; everything that names it is right. */
export function withConfigText(replace: (text: string) => string): HostileImage {
  return withConfigBytes(Buffer.from(replace(good.config.toString())));
}

export function withConfigBytes(config: Buffer): HostileImage {
  const digest = sha256Of(config);
  const descriptor = { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length };
  const image = imageOf([layer], { manifestDocument: { config: descriptor } });
  return tampered((directory) => fs.writeFileSync(join(directory, blobPath(digest)), config), image);
}

/** An image with this manifest, whatever it is. */
export function replacedManifest(manifest: Buffer, mediaType = good.mediaType): HostileImage {
  const digest = sha256Of(manifest);
  return tampered((directory) => {
    fs.writeFileSync(join(directory, blobPath(digest)), manifest);
    writeIndex(directory, [{ mediaType, digest, size: manifest.length }]);
  });
}

/** Replaces the layout's index; every entry is called `latest`. */
export function writeIndex(directory: string, manifests: readonly JsonObject[], document: JsonObject = {}): void {
  const annotations = { 'org.opencontainers.image.ref.name': 'latest' };
  const named = manifests.map((entry) => ({ annotations, ...entry }));
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: named,
    ...document,
  };
  fs.writeFileSync(join(directory, 'index.json'), jsonBytes(index));
}

/** The image with other facts in the descriptor of its layer. */
export function withLayerDescriptor(facts: JsonObject): HostileImage {
  const { mediaType, digest, size } = layer;
  return { image: imageOf([layer], { manifestDocument: { layers: [{ mediaType, digest, size, ...facts }] } }) };
}

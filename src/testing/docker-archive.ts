/** What `docker save` writes, in the form it had before Docker 25 and in the form it has since. */
import { createHash } from 'node:crypto';
import { file, symlink } from './entries.ts';
import type { EntrySpec } from './entry-spec.ts';
import { type BuiltImage, descriptorOf, jsonBytes, type JsonObject } from './image-of.ts';
import { addBlobs, archiveEntries, blobPath } from './layout.ts';
import { tarOf } from './tar-of.ts';

/** Images by `NAME:TAG`; the name `''` gives an image without one. */
export type NamedImages = Readonly<Record<string, BuiltImage>>;

/**
 * The archive of these images. The `old` form has one directory per layer with an uncompressed `layer.tar`, a symbolic
 * link in place of a tar that is there already, and `repositories`; the `new` form is an OCI layout at the same time.
 */
export function dockerArchiveOf(images: NamedImages, options: { readonly form: 'old' | 'new' }): Buffer {
  return tarOf(options.form === 'old' ? oldForm(images) : newForm(images));
}

function oldForm(images: NamedImages): EntrySpec[] {
  const entries = new Map<string, EntrySpec>();
  const tars = new Map<string, string>();
  const repositories: Record<string, Record<string, string>> = {};
  const manifest = Object.entries(images).map(([name, image]) => {
    const ids = layerIds(image);
    image.layers.forEach((layer, index) => {
      const id = ids[index] ?? '';
      const path = `${id}/layer.tar`;
      if (entries.has(path)) return;
      const first = tars.get(layer.diffId);
      tars.set(layer.diffId, first ?? id);
      entries.set(`${id}/VERSION`, file(`${id}/VERSION`, '1.0'));
      entries.set(`${id}/json`, file(`${id}/json`, jsonBytes({ id, ...parentOf(ids, index) })));
      entries.set(path, first === undefined ? file(path, layer.tar) : symlink(path, `../${first}/layer.tar`));
    });
    const config = `${image.configDigest.slice('sha256:'.length)}.json`;
    entries.set(config, file(config, image.config));
    tagIn(repositories, name, ids.at(-1) ?? '');
    return { Config: config, RepoTags: tagsOf(name), Layers: ids.map((id) => `${id}/layer.tar`) };
  });
  return [
    ...entries.values(),
    file('manifest.json', jsonBytes(manifest)),
    file('repositories', jsonBytes(repositories)),
  ];
}

function newForm(images: NamedImages): EntrySpec[] {
  const files = new Map<string, Buffer>();
  const repositories: Record<string, Record<string, string>> = {};
  for (const [name, image] of Object.entries(images)) {
    addBlobs(files, image);
    tagIn(repositories, name, image.layers.at(-1)?.diffId.slice('sha256:'.length) ?? '');
  }
  const manifest = Object.entries(images).map(([name, image]) => ({
    Config: blobPath(image.configDigest),
    RepoTags: tagsOf(name),
    Layers: image.layers.map((layer) => blobPath(layer.digest)),
  }));
  files.set('index.json', jsonBytes({ schemaVersion: 2, manifests: Object.entries(images).map(namedDescriptor) }));
  files.set('manifest.json', jsonBytes(manifest));
  files.set('oci-layout', jsonBytes({ imageLayoutVersion: '1.0.0' }));
  files.set('repositories', jsonBytes(repositories));
  return archiveEntries(files);
}

/** The ids of the image format before content addressing: a chain, and the config's in the last one. */
function layerIds(image: BuiltImage): string[] {
  const ids: string[] = [];
  for (const [index, layer] of image.layers.entries()) {
    const config = index === image.layers.length - 1 ? image.configDigest : '';
    const text = `${ids.at(-1) ?? ''} ${layer.diffId} ${config}`;
    ids.push(createHash('sha256').update(text).digest('hex'));
  }
  return ids;
}

function parentOf(ids: readonly string[], index: number): JsonObject {
  return index === 0 ? {} : { parent: ids[index - 1] };
}

function tagsOf(name: string): string[] | null {
  return name === '' ? null : [name];
}

function tagIn(repositories: Record<string, Record<string, string>>, name: string, id: string): void {
  if (name === '') return;
  const colon = name.lastIndexOf(':');
  const repository = name.slice(0, colon);
  repositories[repository] = { ...repositories[repository], [name.slice(colon + 1)]: id };
}

function namedDescriptor([name, image]: readonly [string, BuiltImage]): JsonObject {
  if (name === '') return { ...descriptorOf(image) };
  const annotations = {
    'io.containerd.image.name': name.includes('/') ? name : `docker.io/library/${name}`,
    'org.opencontainers.image.ref.name': name.slice(name.lastIndexOf(':') + 1),
  };
  return { ...descriptorOf(image), annotations };
}

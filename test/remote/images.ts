/** Images of every form that a registry and a layout can both hold. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { dirname, join } from 'node:path';
import { type Digest, parseDigest, parseDiffId } from '../../src/base/index.ts';
import {
  blobPath,
  type BuiltImage,
  type BuiltIndex,
  type BuiltLayer,
  file,
  hardlink,
  imageOf,
  indexOf,
  jsonBytes,
  type JsonObject,
  layerOf,
  symlink,
  type TestRegistry,
  whiteout,
} from '../../src/testing/index.ts';
import { base, example, top } from '../inspect/example.ts';

/** Blobs by digest, and the document that leads to them. */
export interface HeldImage {
  readonly root: { readonly mediaType: string; readonly digest: Digest; readonly bytes: Buffer };
  readonly documents: readonly { readonly mediaType: string; readonly digest: Digest; readonly bytes: Buffer }[];
  readonly blobs: ReadonlyMap<Digest, Buffer>;
}

/** What an image that was built holds. */
export function held(image: BuiltImage | BuiltIndex): HeldImage {
  if (image.kind === 'index') {
    const members = image.members.map(held);
    const root = { mediaType: image.mediaType, digest: image.digest, bytes: image.bytes };
    return {
      root,
      documents: [root, ...members.flatMap(({ documents }) => documents)],
      blobs: new Map(members.flatMap(({ blobs }) => [...blobs])),
    };
  }
  const root = { mediaType: image.mediaType, digest: image.digest, bytes: image.manifest };
  const layers = image.layers.map(({ digest, bytes }) => [digest, bytes] as const);
  return { root, documents: [root], blobs: new Map([[image.configDigest, image.config], ...layers]) };
}

/** Without some of its blobs. */
export function without({ blobs, ...rest }: HeldImage, ...missing: readonly Digest[]): HeldImage {
  return { ...rest, blobs: new Map([...blobs].filter(([digest]) => !missing.includes(digest))) };
}

export function holdInRegistry(registry: TestRegistry, repository: string, tag: string, image: HeldImage): void {
  const content = registry.content.repository(repository);
  for (const [digest, bytes] of image.blobs) content.blobs.set(digest, bytes);
  for (const { digest, bytes, mediaType } of image.documents) {
    registry.seedManifest(repository, digest, bytes, mediaType);
  }
  content.tags.set(tag, image.root.digest);
}

export function holdInLayout(directory: string, tag: string, image: HeldImage): void {
  const write = (path: string, bytes: Uint8Array): void => {
    const target = join(directory, path);
    fs.mkdirSync(dirname(target), { recursive: true });
    fs.writeFileSync(target, bytes);
  };
  for (const [digest, bytes] of image.blobs) write(blobPath(digest), bytes);
  for (const { digest, bytes } of image.documents) write(blobPath(digest), bytes);
  const { mediaType, digest, bytes } = image.root;
  const annotations = { 'org.opencontainers.image.ref.name': tag };
  write('oci-layout', jsonBytes({ imageLayoutVersion: '1.0.0' }));
  const manifests = [{ mediaType, digest, size: bytes.length, annotations }];
  write('index.json', jsonBytes({ schemaVersion: 2, manifests }));
}

export interface NamedImage {
  readonly title: string;
  readonly image: HeldImage;
  /** Flags for every command. */
  readonly flags?: readonly string[];
  /** A file in it, for `cat`. */
  readonly path?: string;
}

const one = layerOf([file('bin/git', 'git\n'), hardlink('bin/git-log', 'bin/git'), symlink('sh', 'bin/git')]);
const two = layerOf([whiteout('bin/git'), file('new', 'new\n')]);
const zstd = layerOf([file('zstd', 'z'.repeat(100_000))], { compression: 'zstd' });
const plain = layerOf([file('plain', 'p'.repeat(50_000))], { compression: 'none' });
const large = layerOf([file('large', noise(1_200_000)), hardlink('large-too', 'large')]);
const nothing: BuiltLayer = { ...layerOf(Buffer.alloc(0), { compression: 'none' }) };
const foreign = layerOf([file('windows', 'foreign\n')], {
  mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
});
const arm = imageOf([one], { platform: 'linux/arm64' });
const here = imageOf([one, two]);
const embedded = imageOf([one, two]);

export const images: readonly NamedImage[] = [
  { title: 'every kind of entry', image: held(example), path: 'etc/passwd' },
  { title: 'an index, and this machine', image: held(indexOf([here, { ...arm }])), path: 'new' },
  {
    title: 'an index, and another platform',
    image: held(indexOf([here, arm])),
    flags: ['--platform', 'linux/arm64'],
    path: 'sh',
  },
  { title: 'an index in an index', image: held(indexOf([indexOf([arm]), indexOf([here])])), path: 'new' },
  {
    title: 'a platform that is not there',
    image: held(indexOf([here, arm])),
    flags: ['--platform', 'linux/s390x'],
  },
  { title: 'gzip, zstd and plain layers', image: held(imageOf([base, zstd, plain, top])), path: 'zstd' },
  { title: 'documents and layers of Docker', image: dockerImage(), path: 'new' },
  { title: 'digests of sha512', image: sha512Image(), path: 'bin/git' },
  { title: 'a large layer twice', image: held(imageOf([large, two, large])), path: 'large-too' },
  { title: 'layers without entries', image: held(imageOf([layerOf([]), nothing, one, nothing])), path: 'sh' },
  { title: 'no layers at all', image: held(imageOf([])) },
  { title: 'a foreign layer that is there', image: held(imageOf([one, foreign])), path: 'windows' },
  {
    title: 'a foreign layer that is not there',
    image: without(held(imageOf([one, foreign])), foreign.digest),
  },
  { title: 'a layer that is not there', image: without(held(here), two.digest) },
  { title: 'a config that is not there', image: without(held(here), here.configDigest) },
  {
    title: 'an image that is not there, in an index',
    image: { ...held(indexOf([here])), documents: held(indexOf([here])).documents.slice(0, 1) },
  },
  {
    title: 'a config inside the manifest alone',
    image: without(
      held(
        imageOf([one, two], {
          manifestDocument: {
            config: {
              mediaType: 'application/vnd.oci.image.config.v1+json',
              digest: embedded.configDigest,
              size: embedded.config.length,
              data: embedded.config.toString('base64'),
            },
          },
        }),
      ),
      embedded.configDigest,
    ),
    path: 'new',
  },
  {
    title: 'a manifest that does not say its type',
    image: held(imageOf([one, two], { manifestDocument: { mediaType: undefined } })),
    path: 'new',
  },
  {
    title: 'another DiffID than that of the layer',
    image: held(imageOf([one], { configDocument: { rootfs: { type: 'layers', diff_ids: [two.diffId] } } })),
  },
  {
    title: 'too few DiffIDs',
    image: held(imageOf([one, two], { configDocument: { rootfs: { type: 'layers', diff_ids: [one.diffId] } } })),
  },
  {
    title: 'an artifact',
    image: held(
      imageOf([], {
        manifestDocument: {
          config: { mediaType: 'application/vnd.example.chart', digest: embedded.configDigest, size: 2 },
        },
      }),
    ),
  },
];

function dockerImage(): HeldImage {
  const asDocker = (layer: BuiltLayer): BuiltLayer => ({
    ...layer,
    mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
  });
  const image = imageOf([one, two].map(asDocker), { format: 'docker' });
  const mediaType = 'application/vnd.docker.distribution.manifest.list.v2+json';
  return held({ ...indexOf([image], { mediaType }), mediaType });
}

/** The image with everything named by sha512. */
function sha512Image(): HeldImage {
  const layers = [one, two].map(({ bytes, mediaType, tar }) => ({
    bytes,
    tar,
    descriptor: describe(bytes, mediaType),
  }));
  const config = jsonBytes({
    os: 'linux',
    architecture: 'amd64',
    rootfs: { type: 'layers', diff_ids: layers.map(({ tar }) => parseDiffId(sha512Of(tar))) },
    config: {},
  });
  const configDescriptor = describe(config, 'application/vnd.oci.image.config.v1+json');
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = jsonBytes({
    schemaVersion: 2,
    mediaType,
    config: configDescriptor,
    layers: layers.map(({ descriptor }) => descriptor),
  });
  const root = { mediaType, digest: sha512Of(manifest), bytes: manifest };
  const blobs = new Map([
    [configDescriptor.digest, config],
    ...layers.map(({ descriptor, bytes }) => [descriptor.digest, bytes] as const),
  ]);
  return { root, documents: [root], blobs };
}

function describe(bytes: Buffer, mediaType: string): JsonObject & { readonly digest: Digest } {
  return { mediaType, digest: sha512Of(bytes), size: bytes.length };
}

function sha512Of(bytes: Buffer): Digest {
  return parseDigest(`sha512:${createHash('sha512').update(bytes).digest('hex')}`);
}

/** Bytes that do not compress, the same every time. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  let state = seed;
  for (let at = 0; at < length; at += 4) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    bytes.writeUInt32LE((state ^ (state >>> 13)) >>> 0, Math.min(at, length - 4));
  }
  return bytes;
}

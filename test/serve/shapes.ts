/** The shapes of content that the OCI conformance suite pushes and pulls. */
import { createHash, randomBytes } from 'node:crypto';
import { type Digest, digestAlgorithm, type DigestAlgorithm, parseDigest } from '../../src/base/index.ts';

export interface Shape {
  readonly blobs: ReadonlyMap<Digest, Buffer>;
  /** Children before parents. */
  readonly manifests: readonly PushedManifest[];
}

export interface PushedManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly tags: readonly string[];
  readonly subject?: Digest;
  /** What a list of referrers says of it. */
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
}

export interface Json {
  readonly [key: string]: unknown;
}

export const types = {
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  index: 'application/vnd.oci.image.index.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  foreignLayer: 'application/vnd.oci.image.layer.nondistributable.v1.tar+gzip',
  empty: 'application/vnd.oci.empty.v1+json',
  example: 'application/vnd.example.artifact.v1',
  otherExample: 'application/vnd.example.other.v1',
} as const;

export function digestFor(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return parseDigest(`${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`);
}

/** Collects content. */
export class ShapeBuilder implements Shape {
  readonly blobs = new Map<Digest, Buffer>();
  readonly manifests: PushedManifest[] = [];
  readonly #algorithm: DigestAlgorithm;

  constructor(algorithm: DigestAlgorithm = 'sha256') {
    this.#algorithm = algorithm;
  }

  blob(mediaType: string, bytes: Buffer = randomBytes(512), more: Json = {}): Json {
    const digest = digestFor(bytes, this.#algorithm);
    this.blobs.set(digest, bytes);
    return { mediaType, digest, size: bytes.length, ...more };
  }

  manifest(document: Json, tags: readonly string[] = []): Json {
    const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }));
    const digest = digestFor(bytes, this.#algorithm);
    const mediaType = String(document['mediaType']);
    const subject = (document['subject'] as { digest: Digest } | undefined)?.digest;
    const configType = (document['config'] as { mediaType: string } | undefined)?.mediaType;
    const artifactType = (document['artifactType'] as string | undefined) ?? configType;
    const annotations = document['annotations'] as Record<string, string> | undefined;
    this.manifests.push({
      digest,
      mediaType,
      bytes,
      tags,
      ...(subject === undefined ? {} : { subject }),
      ...(artifactType === undefined ? {} : { artifactType }),
      ...(annotations === undefined ? {} : { annotations }),
    });
    return { mediaType, digest, size: bytes.length };
  }

  image(more: Json = {}, tags: readonly string[] = [], layers = 2): Json {
    const made = Array.from({ length: layers }, () => this.blob(types.layer));
    return this.manifest({ mediaType: types.manifest, config: this.config(made), layers: made, ...more }, tags);
  }

  config(layers: readonly Json[]): Json {
    const diffIds = layers.map((layer) => layer['digest']);
    const document = {
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: diffIds },
      nonce: nonce(),
    };
    return this.blob(types.config, Buffer.from(JSON.stringify(document)));
  }

  artifact(more: Json = {}, tags: readonly string[] = []): Json {
    const config = this.blob(types.empty, Buffer.from('{}'));
    const layers = [this.blob(types.example)];
    return this.manifest({ mediaType: types.manifest, artifactType: types.example, config, layers, ...more }, tags);
  }

  index(members: readonly Json[], more: Json = {}, tags: readonly string[] = []): Json {
    const manifests = members.map((member, at) => ({
      ...member,
      ...(member['mediaType'] === types.manifest ? { platform: { os: 'linux', architecture: `cpu${at}` } } : {}),
    }));
    return this.manifest({ mediaType: types.index, manifests, annotations: { nonce: nonce() }, ...more }, tags);
  }
}

function nonce(): string {
  return randomBytes(8).toString('hex');
}

const gone = (mediaType: string): Json => ({ mediaType, digest: digestFor(randomBytes(32)), size: 123 });

/** Every shape by name. Made anew for each run, so that nothing is there already. */
export const shapes: Readonly<Record<string, () => Shape>> = {
  image: shape((make) => make.image({}, ['image'])),
  'an image with a manifest of almost 4 MiB': shape((make) => {
    const long = Array.from({ length: 390 }, (_, at): [string, string] => [`large-${at}`, 'A'.repeat(10_000)]);
    make.image({ annotations: Object.fromEntries(long) }, ['large']);
  }),
  index: shape((make) => make.index([make.image(), make.image()], {}, ['index'])),
  'nested index': shape((make) => {
    const inner = [make.index([make.image(), make.image()]), make.index([make.image()])];
    make.index(inner, {}, ['nested']);
  }),
  'empty index': shape((make) => make.index([], {}, ['empty-index'])),
  'sparse index': shape((make) => make.index([make.image(), gone(types.manifest)], {}, ['sparse'])),
  artifact: shape((make) => make.artifact({}, ['artifact'])),
  'index of artifacts': shape((make) =>
    make.index([make.artifact(), make.artifact()], { artifactType: types.example }, ['artifacts']),
  ),
  'artifact without layers': shape((make) => {
    const empty = make.blob(types.empty, Buffer.from('{}'));
    const document = { mediaType: types.manifest, artifactType: types.example, config: empty, layers: [empty] };
    make.manifest({ ...document, annotations: { nonce: nonce() } }, ['config-only']);
  }),
  'artifacts with a subject': shape((make) => {
    const subject = make.image({}, ['image']);
    make.image({ subject });
    make.artifact({ subject, annotations: { hello: nonce() } }, ['tagged-one']);
    make.artifact({ subject, artifactType: types.otherExample, annotations: { hello: nonce() } }, ['tagged-two']);
  }),
  'indexes with a subject': shape((make) => {
    const subject = make.index([make.image()], {}, ['index']);
    make.index([make.artifact()], { subject, artifactType: types.example }, ['signed']);
  }),
  'artifact whose subject is missing': shape((make) =>
    make.artifact({ subject: gone(types.manifest), annotations: { hello: nonce() } }, ['early']),
  ),
  'image with embedded data': shape((make) => {
    const bytes = Buffer.from('{}');
    const data = bytes.toString('base64');
    make.image({ config: make.blob(types.empty, bytes, { data }), artifactType: types.example }, ['data']);
  }),
  'image with foreign layers': shape((make) => {
    const urls = ['https://store.example.com/blob'];
    const layers = [{ ...gone(types.foreignLayer), urls }, make.blob(types.layer)];
    make.image({ layers }, ['foreign']);
  }),
  'image and index with fields of their own': shape((make) => {
    const image = make.image({ 'org.example.field': { hello: [1, 'two', null] } });
    make.index([{ ...image, 'org.example.member': true }], { 'org.example.field': 'index' }, ['custom']);
  }),
  'image without layers': shape((make) => make.image({}, ['no-layers'], 0)),
  'image with an empty layer': shape((make) =>
    make.image({ layers: [make.blob(types.layer, Buffer.alloc(0))] }, ['empty-layer']),
  ),
  'index and image in sha512': shape((make) => make.index([make.image()]), 'sha512'),
};

function shape(build: (make: ShapeBuilder) => unknown, algorithm: DigestAlgorithm = 'sha256'): () => Shape {
  return () => {
    const made = new ShapeBuilder(algorithm);
    build(made);
    return made;
  };
}

export function algorithmOf({ digest }: { readonly digest: Digest }): DigestAlgorithm {
  return digestAlgorithm(digest);
}

/** Images to edit, and a look at what became of them. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  appendLayers,
  type AppendOptions,
  type EditResult,
  flattenImage,
  type FlattenOptions,
  mutateImage,
  type MutateOptions,
  rebaseImage,
  type RebaseOptions,
} from '../../src/edit/index.ts';
import { exportTo } from '../../src/export/index.ts';
import { openImage, openReference } from '../../src/image/index.ts';
import { listImageLayer, validate } from '../../src/inspect/index.ts';
import type { NetworkOptions } from '../../src/registry/index.ts';
import { type BuiltImage, type BuiltIndex, imageOf, indexOf, jsonBytes, sha256Of } from '../../src/testing/index.ts';
import { places, type Places, referenceTo, type Transport } from '../transfer/places.ts';
import '../inspect/example.ts';

export {
  assertNames,
  failsWith,
  places,
  type Places,
  referenceTo,
  seed,
  type Transport,
  transports,
} from '../transfer/places.ts';

export type Json = Record<string, unknown>;

/** What a reference names, as the documents say it. */
export interface Shown {
  readonly digest: string;
  readonly manifest: Json;
  readonly config: Json;
  readonly layers: readonly { readonly digest: string; readonly diffId: string; readonly mediaType: string }[];
}

/** Every digest, size and DiffID of it is checked first. */
export async function shown(reference: string, network: NetworkOptions, platform?: string): Promise<Shown> {
  const choice = platform === undefined ? {} : { platform };
  await validate(reference, { network, ...choice });
  await using image = await openImage(reference, { network, ...choice });
  const parse = (bytes: Uint8Array): Json => JSON.parse(Buffer.from(bytes).toString()) as Json;
  return {
    digest: image.manifestDigest,
    manifest: parse(image.manifestBytes),
    config: parse(image.configBytes),
    layers: image.layers.map(({ digest, diffId, mediaType }) => ({ digest, diffId, mediaType })),
  };
}

/** The document a reference names. */
export async function document(reference: string, network: NetworkOptions): Promise<Json> {
  return JSON.parse(Buffer.from((await openReference(reference, { network })).bytes).toString()) as Json;
}

/** The runtime part of a config. */
export function runtime(shown: Shown): Json {
  return shown.config['config'] as Json;
}

export function history(shown: Shown): readonly Json[] {
  return (shown.config['history'] ?? []) as readonly Json[];
}

/** An attestation as BuildKit adds one to an index, and an index that has it. */
export function attested(images: readonly BuiltImage[], subject: BuiltImage, document: Json = {}): BuiltIndex {
  const statement = imageOf([], {
    platform: 'unknown/unknown',
    manifestDocument: { layers: [] },
    configDocument: { about: subject.digest },
  });
  const { mediaType, digest, size } = statement;
  const plain = indexOf(images);
  const { manifests } = JSON.parse(plain.bytes.toString()) as { manifests: Json[] };
  const bytes = jsonBytes({
    schemaVersion: 2,
    mediaType: plain.mediaType,
    manifests: [
      ...manifests,
      {
        mediaType,
        digest,
        size,
        platform: { architecture: 'unknown', os: 'unknown' },
        annotations: {
          'vnd.docker.reference.digest': subject.digest,
          'vnd.docker.reference.type': 'attestation-manifest',
        },
      },
    ],
    ...document,
  });
  return { ...plain, bytes, digest: sha256Of(bytes), size: bytes.length, members: [...images, statement] };
}

export interface Bench extends Places {
  /** A free place in a layout. */
  readonly to: (name: string) => string;
  mutate(from: string, to: string, options?: MutateOptions): Promise<EditResult>;
  flatten(from: string, to: string, options?: FlattenOptions): Promise<EditResult>;
  rebase(from: string, to: string, options?: RebaseOptions): Promise<EditResult>;
  append(from: string, to: string, options: AppendOptions): Promise<EditResult>;
}

export async function bench(test: TestContext): Promise<Bench> {
  const all = await places(test);
  const { network } = all;
  return {
    ...all,
    to: (name: string, transport: Transport = 'oci') => referenceTo(all, transport, name),
    mutate: (from, to, options = {}) => mutateImage(from, to, { network, ...options }),
    rebase: (from, to, options = {}) => rebaseImage(from, to, { network, ...options }),
    append: (from, to, options) => appendLayers(from, to, { network, ...options }),
    flatten: (from, to, options = {}) => flattenImage(from, to, { network, ...options }),
  };
}

/** A document with everything in it that nobody knows, in an odd order. */
export function assertKeys(document: Json, keys: readonly string[]): void {
  assert.deepEqual(Object.keys(document), keys);
}

/** The canonical archive of an image: equal for equal trees. */
export async function exported(reference: string, platform?: string): Promise<Buffer> {
  await using image = await openImage(reference, platform === undefined ? {} : { platform });
  const chunks: Uint8Array[] = [];
  await exportTo(image, async (parts) => {
    for await (const part of parts) chunks.push(Buffer.from(part));
  });
  return Buffer.concat(chunks);
}

/** The entries of one layer of an image in an OCI layout, whiteouts as `.wh.`, in order. */
export async function entriesOf(reference: string, layer: number): Promise<readonly string[]> {
  await using image = await openImage(reference);
  const { entries } = await listImageLayer(image, layer);
  return entries.map(({ path, kind, target }) => [kind, path, ...(target === undefined ? [] : [target])].join(' '));
}

/** The canonical archive, or why there is none. */
export async function outcome(reference: string): Promise<Buffer | string> {
  try {
    return await exported(reference);
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error, String(error));
    return String(error.code);
  }
}

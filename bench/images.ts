/** Real images: found in the lab, copied to memory. */
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Scratch } from './scratch.ts';

/** One tag of an OCI layout. */
export interface BenchImage {
  readonly layout: string;
  readonly tag: string;
  /** What Holdfast calls it. */
  readonly reference: string;
  /** Files of the layer blobs, bottom first. */
  readonly layers: readonly string[];
}

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface Manifest {
  readonly config: Descriptor;
  readonly layers: readonly Descriptor[];
}

const refName = 'org.opencontainers.image.ref.name';

/** The layout that `npm run lab` fills. Throws with a hint when it is not there. */
export function labImage(tag: string): BenchImage {
  const cache = process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const layout = join(process.env['HOLDFAST_LAB_DIR'] ?? join(cache, 'holdfast-lab'), 'images');
  if (!existsSync(join(layout, 'index.json'))) throw new Error(`no image at ${layout}: run "npm run lab" first`);
  return openImage(layout, tag);
}

/** Copies one image with all its blobs to a layout of its own in `scratch`. */
export function copyImage(image: BenchImage, scratch: Scratch): BenchImage {
  const found = manifestDescriptor(image.layout, image.tag);
  const { config, layers } = readManifest(image.layout, found);
  const layout = scratch.empty('image');
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  for (const { digest } of [found, config, ...layers]) cpSync(blobPath(image.layout, digest), blobPath(layout, digest));
  writeLayout(layout, [found]);
  return openImage(layout, image.tag);
}

/** Writes what makes a directory with blobs an OCI layout. */
export function writeLayout(layout: string, manifests: readonly Descriptor[]): void {
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

export function openImage(layout: string, tag: string): BenchImage {
  const { layers } = readManifest(layout, manifestDescriptor(layout, tag));
  return {
    layout,
    tag,
    reference: `oci:${layout}:${tag}`,
    layers: layers.map(({ digest }) => blobPath(layout, digest)),
  };
}

export function blobPath(layout: string, digest: string): string {
  return join(layout, 'blobs', digest.replace(':', '/'));
}

function manifestDescriptor(layout: string, tag: string): Descriptor {
  const { manifests } = readJson(join(layout, 'index.json')) as { manifests: readonly Descriptor[] };
  const found = manifests.find(({ annotations }) => annotations?.[refName] === tag);
  if (found === undefined) throw new Error(`no image "${tag}" in ${layout}: run "npm run lab" again`);
  return found;
}

function readManifest(layout: string, { digest }: Descriptor): Manifest {
  return readJson(blobPath(layout, digest)) as Manifest;
}

function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}

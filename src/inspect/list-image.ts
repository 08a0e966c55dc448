/** `ls`, `tree` and `links`: an image's tree, or one of its layers, as one plain object. */
import { type ByteString, type Digest, fromJsonText, jsonPath } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { atLayer, loadRootfs, type RootfsOptions } from '../rootfs/index.ts';
import type { ListedEntry } from './entry-facts.ts';
import { layerIndex } from './layer-index.ts';
import { type LayerListedEntry, listLayer } from './list-layer.ts';
import { type ListOptions, listPath } from './list-path.ts';
import { type LinkReport, linkReport } from './link-report.ts';
import { type NoteFacts, noteFacts } from './note-facts.ts';

export interface LookOptions extends RootfsOptions {
  /** Look at the state after this many layers; all unless given. */
  readonly atLayer?: number;
}

export interface ListImageOptions extends LookOptions, ListOptions {
  /** The form of a JSON path: a lone surrogate stands for a byte that is not valid UTF-8. The root unless given. */
  readonly path?: string;
}

/** What `ls` and `tree` show. */
export interface Listing {
  readonly reference: string;
  /** Digest of the manifest. */
  readonly digest: Digest;
  /** What is listed, by a name without symbolic links; the root is ".". */
  readonly path: string;
  readonly entries: readonly ListedEntry[];
  readonly notes: readonly NoteFacts[];
}

/** What `ls --layer` shows. */
export interface LayerListing {
  readonly reference: string;
  readonly digest: Digest;
  readonly path: string;
  readonly layer: { readonly number: number; readonly digest: Digest; readonly diffId: string };
  readonly entries: readonly LayerListedEntry[];
  readonly notes: readonly NoteFacts[];
}

/**
 * Lists a path of an image without unpacking it.
 * @throws PATH_NOT_FOUND, USAGE, every code of the image and layer families
 */
export async function listImage(image: Image, options: ListImageOptions = {}): Promise<Listing> {
  const { tree, notes } = await loadRootfs(stateOf(image, options), options);
  const listed = listPath(tree, fromJsonText(options.path ?? '.'), options);
  return { reference: image.reference, digest: image.manifestDigest, ...listed, notes: notes.notes.map(noteFacts) };
}

/**
 * Lists what one layer itself holds, in the order of its archive.
 * @throws USAGE, every code of the archive and layer families
 */
export async function listImageLayer(
  image: Image,
  number: number,
  options: RootfsOptions & { readonly path?: string } = {},
): Promise<LayerListing> {
  const path = normalised(options.path ?? '.');
  const index = await layerIndex(image, number, options);
  return {
    reference: image.reference,
    digest: image.manifestDigest,
    path: jsonPath(path),
    layer: { number, digest: index.digest, diffId: index.diffId },
    entries: listLayer(index, path),
    notes: index.notes.map((note) => noteFacts({ ...note, layer: number })),
  };
}

/**
 * The link groups of an image.
 * @throws USAGE, every code of the image and layer families
 */
export async function imageLinks(
  image: Image,
  options: LookOptions = {},
): Promise<LinkReport & { readonly notes: readonly NoteFacts[] }> {
  const { tree, notes } = await loadRootfs(stateOf(image, options), options);
  return { ...linkReport(tree), notes: notes.notes.map(noteFacts) };
}

function stateOf(image: Image, options: LookOptions): Image {
  return options.atLayer === undefined ? image : atLayer(image, options.atLayer);
}

/** A path by name: ".." is not resolved, so it finds nothing. */
function normalised(path: string): ByteString {
  const parts = fromJsonText(path).split('/');
  return parts.filter((part) => part !== '' && part !== '.').join('/') as ByteString;
}

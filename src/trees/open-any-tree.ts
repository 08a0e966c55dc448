/** From the text of a reference to the tree it names. */
import { fromText, HoldfastError, quoteText } from '../base/index.ts';
import { type Image, openArchive, openImage, type OpenOptions } from '../image/index.ts';
import { atLayer, layerSources, loadRootfs, type RootfsOptions } from '../rootfs/index.ts';
import type { KnownRows } from '../scan/index.ts';
import { lookup } from '../tree/index.ts';
import { openArchiveTree } from './archive-source.ts';
import { openContainerTree } from './container-source.ts';
import { holdsListing, openFindTree } from './find-source.ts';
import { LayeredSource } from './layered-source.ts';
import { openLiveTree } from './live-source.ts';
import type { OpenTree } from './open-tree.ts';
import { openProbeTree } from './probe-source.ts';
import { parseTreeReference } from './tree-reference.ts';

export interface OpenTreeOptions extends OpenOptions, RootfsOptions {
  readonly limits?: Exclude<OpenOptions['limits'], undefined>;
  /** Of an image, the state after its first layers; refused for what is none. */
  readonly atLayer?: number | undefined;
  /** Of a live directory: paths and globs that are not looked at. */
  readonly ignore?: readonly string[] | undefined;
  /** Of a live directory: take xattrs that belong to the host's own policy, such as security.selinux. */
  readonly hostXattrs?: boolean | undefined;
  /** Of a live directory: what stood there when it was last known, as `scanDirectory` takes it. */
  readonly known?: KnownRows | undefined;
  /** Of a live directory: go on where something is mounted. */
  readonly crossMounts?: boolean | undefined;
  /** Of a probe: what it was started with; HOLDFAST_PROBE_TOKEN of the environment unless given. */
  readonly probeToken?: string | undefined;
}

/**
 * Opens the tree that a reference names: any reference to an image, `rootfs:DIR`, `tar:FILE`, `layer:FILE`, `find:FILE`,
 * `docker:CONTAINER`, `podman:CONTAINER`, the `http(s)://` address of a probe, or a path, which is a directory or what the
 * content of the file says.
 *
 * @example
 * await using tree = await openTree('rootfs:build/root');
 *
 * @throws USAGE, every code of references, images, layers and archives, those of `scanDirectory`
 */
export async function openTree(reference: string, options: OpenTreeOptions = {}): Promise<OpenTree> {
  const parsed = parseTreeReference(reference);
  if (parsed.kind !== 'image' && parsed.kind !== 'file') refuseLayers(reference, options);
  switch (parsed.kind) {
    case 'image':
      return await openImageTree(reference, options);
    case 'rootfs':
      return await openLiveTree(reference, parsed.directory, scanOptions(options));
    case 'file':
      return await openFileTree(parsed.file, options);
    case 'probe':
      return await openProbeTree(parsed.url, options);
    case 'find':
      return await openFindTree(reference, await openArchive(parsed.file, options), options);
    case 'docker':
    case 'podman':
      return await openContainerTree(reference, parsed, options, scanOptions(options));
    default:
      return await openArchiveTree(reference, await openArchive(parsed.file, options), {
        ...options,
        isFlat: parsed.kind === 'tar',
      });
  }
}

function refuseLayers(reference: string, { atLayer }: OpenTreeOptions): void {
  if (atLayer === undefined) return;
  const message = `${quoteText(reference)} is no image: there is no state after one of its layers`;
  throw new HoldfastError('USAGE', { message });
}

function scanOptions({ signal, jobs, limits, ignore, hostXattrs, crossMounts, known }: OpenTreeOptions) {
  return {
    ...(signal && { signal }),
    ...(jobs === undefined ? {} : { jobs }),
    ...(limits && { limits }),
    ...(ignore && { ignore }),
    ...(hostXattrs === undefined ? {} : { hostXattrs }),
    ...(crossMounts === undefined ? {} : { crossMounts }),
    ...(known && { known }),
  };
}

async function openImageTree(reference: string, options: OpenTreeOptions): Promise<OpenTree> {
  const opened = await openImage(reference, options);
  try {
    const image = options.atLayer === undefined ? opened : atLayer(opened, options.atLayer);
    return await treeOfImage(reference, image, options, async () => await image[Symbol.asyncDispose]());
  } catch (error) {
    await opened[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * The tree of an image that is open.
 * @param dispose what is to happen when the tree is disposed of; the image stays open unless told otherwise
 * @throws the codes of `loadRootfs`
 */
export async function treeOfImage(
  reference: string,
  image: Image,
  options: RootfsOptions,
  dispose: () => Promise<void> = async () => {},
): Promise<OpenTree> {
  const { tree, indexes, notes } = await loadRootfs(image, options);
  const sources = layerSources(image.layers);
  const { limits, onConflict } = options;
  return new LayeredSource({
    reference,
    tree,
    indexes,
    sources,
    notes: notes.notes,
    image,
    onConflict,
    limits,
    dispose,
  });
}

/** Archives of images are known by the documents that have to be in them. */
async function openFileTree(file: string, options: OpenTreeOptions): Promise<OpenTree> {
  const opened = await openArchive(file, options);
  if (holdsListing(opened)) {
    if (options.atLayer === undefined) return await openFindTree(file, opened, options);
    opened[Symbol.dispose]();
    refuseLayers(file, options);
  }
  const archive = await openArchiveTree(file, opened, { ...options, isFlat: true });
  const has = (name: string): boolean => lookup(archive.tree, fromText(name))?.kind === 'file';
  const transport = has('oci-layout') ? 'oci-archive' : has('manifest.json') ? 'docker-archive' : undefined;
  if (transport === undefined && options.atLayer === undefined) return archive;
  await archive[Symbol.asyncDispose]();
  if (transport === undefined) refuseLayers(file, options);
  return await openImageTree(`${transport}:${file}`, options);
}

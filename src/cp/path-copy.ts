/** What a copy does to one image. */
import { defaultLimits, fromText, HoldfastError, isHoldfastError } from '../base/index.ts';
import {
  asLayerOf,
  type Edit,
  familyOf,
  type ImageState,
  LayerBodies,
  type LayerState,
  newLayer,
  withMoreLayers,
  type Workshop,
  writtenLayer,
} from '../edit/index.ts';
import type { Image } from '../image/index.ts';
import { loadRootfs } from '../rootfs/index.ts';
import { type CopyPlan, diffTrees, layerPlan, planCopy, type PlannedEntry, type Tree } from '../tree/index.ts';
import type { CopyPathsOptions } from './copy-options.ts';
import type { ParsedCopyRequest } from './copy-request.ts';
import { readImageFile } from './image-file.ts';
import { findOwner, type Owner } from './owner.ts';
import { type CopyPlanReport, planReport } from './plan-report.ts';
import { requireReadable } from './require-readable.ts';
import { sourceNotFound } from './source-not-found.ts';
import { type SourceTree, SourceTrees } from './source-tree.ts';

/** How conflicts are decided between layers that are read is another matter: always as runtimes do. */
export interface PathCopyOptions extends Omit<CopyPathsOptions, 'onConflict'> {
  readonly from: string;
  readonly into: string;
  readonly request: ParsedCopyRequest;
  /** Is told of each image in turn how its copy is executed. */
  readonly onPlan: (plan: CopyPlanReport) => void;
}

/** Docker takes no image with more. */
const mostLayers = 127;

export class PathCopy implements Edit {
  readonly #workshop: Workshop;
  readonly #options: PathCopyOptions;
  readonly #sources: SourceTrees;

  constructor(workshop: Workshop, options: PathCopyOptions) {
    this.#workshop = workshop;
    this.#options = options;
    this.#sources = new SourceTrees(workshop, options);
  }

  async image(image: Image, state: ImageState): Promise<ImageState> {
    refuseWindows(image);
    const source = await this.#sources.open(image.platform);
    for (const note of source.notes) this.#workshop.note(note);
    const tree = await this.#treeOf(image);
    this.#options.onEvent?.({ kind: 'phase', phase: 'apply' });
    const owner = await this.#findOwner(image, tree);
    const plan = this.#plan(tree, source, { owner, layers: image.layers.length });
    const layers = await this.#layersOf(plan, tree, source, image);
    this.#options.onPlan(planReport(plan, layers.length === 0));
    return layers.length === 0 ? state : this.#extended(image, state, layers);
  }

  async #treeOf(image: Image): Promise<Tree> {
    const { tree, notes } = await loadRootfs(image, this.#options);
    for (const note of notes.notes) if (!image.notes.includes(note)) this.#workshop.note(note);
    return tree;
  }

  async #findOwner(image: Image, tree: Tree): Promise<Owner | undefined> {
    const { request, limits = defaultLimits } = this.#options;
    if (request.wantedOwner === undefined) return undefined;
    using bodies = new LayerBodies(image, { ...this.#options, limits });
    return await findOwner(request.wantedOwner, (path) => readImageFile(tree, fromText(path), bodies));
  }

  #plan(
    tree: Tree,
    source: SourceTree,
    { owner, layers }: { readonly owner: Owner | undefined; readonly layers: number },
  ): CopyPlan {
    const { from, request } = this.#options;
    const { tables = [] } = source.layered ?? {};
    try {
      requireReadable(source, request, { reference: from, note: this.#workshop.note });
      const reusable = layers + tables.length <= mostLayers ? tables : [];
      return planCopy(tree, { ...request, owner, from: source.tree }, reusable);
    } catch (error) {
      if (!isHoldfastError(error, 'PATH_NOT_FOUND')) throw error;
      throw sourceNotFound(source.tree, from, error);
    }
  }

  async #layersOf(plan: CopyPlan, tree: Tree, source: SourceTree, image: Image): Promise<readonly LayerState[]> {
    const { execution } = plan;
    const family = familyOf(image.manifest.mediaType);
    if (execution.kind === 'reuse') {
      return this.#reused(source).map((layer) => asLayerOf(family, layer, this.#workshop));
    }
    const entries = execution.kind === 'merge' ? execution.layer : changedEntries(tree, plan.tree);
    if (entries.length === 0) return [];
    const open = await source.openBodies(writtenFiles(entries).map(plan.contentOf));
    this.#options.onEvent?.({ kind: 'phase', phase: 'write' });
    const writing = { bench: this.#workshop, options: this.#options };
    return [await writtenLayer(entries, (inode) => open(plan.contentOf(inode)), family, writing)];
  }

  #reused({ layered }: SourceTree): LayerState[] {
    if (layered === undefined) return [];
    return layered.image.layers.map(({ digest, size, mediaType, diffId }) => {
      this.#workshop.blobs.addFrom(layered.source, digest);
      return newLayer({ digest, size, mediaType, diffId, origin: 'added' });
    });
  }

  #extended(image: Image, state: ImageState, layers: readonly LayerState[]): ImageState {
    const { created, history, sources, dest, into: from, setBaseAnnotations } = this.#options;
    const createdBy = history ?? `holdfast cp ${[...sources, dest].map((path) => path.toWellFormed()).join(' ')}`;
    const added = layers.map((layer) => ({ layer, createdBy }));
    const { note } = this.#workshop;
    return withMoreLayers(image, state, added, { from, created, setBaseAnnotations, note });
  }
}

function refuseWindows({ platform }: Image): void {
  if (platform.os !== 'windows') return;
  throw new HoldfastError('HOST_UNSUPPORTED', { what: 'nothing can be copied into a Windows image here' });
}

/** What is copied over something is written again, whatever that holds: reading it costs more than it brings. */
function changedEntries(before: Tree, after: Tree): readonly PlannedEntry[] {
  return layerPlan(before, after, diffTrees(before, after, { sameContent: () => false }));
}

function writtenFiles(entries: readonly PlannedEntry[]) {
  return entries.flatMap((entry) => {
    return entry.kind === 'inode' && entry.inode.kind === 'file' && entry.inode.size > 0 ? [entry.inode] : [];
  });
}

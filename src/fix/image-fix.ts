/** Repairs one image after the other: studies it, writes what it needs, and proves it, before anything is delivered. */
import { HoldfastError } from '../base/index.ts';
import { type Edit, familyOf, type ImageState, LayerBodies, type LayerState, type Workshop } from '../edit/index.ts';
import type { Image } from '../image/index.ts';
import { storedSize } from '../layer/index.ts';
import { checkLayers } from '../rootfs/index.ts';
import { applyLayers } from '../tree/index.ts';
import { annotated } from './annotations.ts';
import { type FixReport, reportOf, tellDecision } from './report.ts';
import type { FixOptions } from './options.ts';
import { Proof } from './prove.ts';
import type { Rule } from './rule.ts';
import { type PlannedImage, type PlannedLayer, studyImage } from './study-image.ts';
import { writeRepair } from './write-repair.ts';

export interface ImageFixOptions extends FixOptions {
  readonly limits: NonNullable<FixOptions['limits']>;
}

export class ImageFix implements Edit {
  readonly #rules: readonly Rule[];
  readonly #options: ImageFixOptions;
  readonly #workshop: Workshop;
  readonly #tell: (report: FixReport) => void;

  /** @param tell is given what was done to each image, in the order in which they are edited */
  constructor(
    rules: readonly Rule[],
    options: ImageFixOptions,
    { workshop, tell }: { readonly workshop: Workshop; readonly tell: (report: FixReport) => void },
  ) {
    this.#rules = rules;
    this.#options = options;
    this.#workshop = workshop;
    this.#tell = tell;
  }

  async image(image: Image, state: ImageState): Promise<ImageState> {
    if (image.platform.os === 'windows') {
      throw new HoldfastError('HOST_UNSUPPORTED', { what: 'layers of a Windows image cannot be repaired' });
    }
    const { limits, delink, onEvent } = this.#options;
    using bodies = new LayerBodies(image, this.#options);
    onEvent?.({ kind: 'phase', phase: 'layers' });
    const indexes = await bodies.indexes(image.layers.length + 1);
    checkLayers(image, indexes, limits);
    onEvent?.({ kind: 'phase', phase: 'apply' });
    const planned = await studyImage(indexes, bodies, { rules: this.#rules, delink, limits });
    this.#requireDecided(planned, image);
    const layers = await this.#repair(planned, { image, state, bodies });
    const report = reportOf(planned, state.layers, layers, delink);
    this.#tell(report);
    if (report.repairs.length === 0) return state;
    const family = familyOf(image.manifest.mediaType);
    if (family === 'docker') this.#workshop.note({ code: 'ANNOTATIONS_OF_DOCKER' });
    return { ...state, layers, manifest: annotated(state.manifest, image.manifestDigest, report) };
  }

  /** @throws FIX_UNDECIDED */
  #requireDecided({ layers }: PlannedImage, { platform: { os, architecture } }: Image): void {
    const { accept = false, dryRun = false } = this.#options;
    const decisions = layers.flatMap((layer) => layer.decisions);
    if (accept || dryRun || decisions.length === 0) return;
    const platform = `${os}/${architecture}`;
    throw new HoldfastError('FIX_UNDECIDED', { platform, decisions: decisions.map(tellDecision) });
  }

  async #repair(
    { layers, after }: PlannedImage,
    place: { readonly image: Image; readonly state: ImageState; readonly bodies: LayerBodies },
  ): Promise<readonly LayerState[]> {
    const { limits, onEvent } = this.#options;
    if (layers.every(({ repair }) => repair.kind === 'kept')) return place.state.layers;
    onEvent?.({ kind: 'phase', phase: 'write' });
    const proof = new Proof(place.bodies, this.#options);
    const repaired: LayerState[] = [];
    for (const [at, before] of place.state.layers.entries()) {
      const layer = layers[at];
      if (layer === undefined || layer.repair.kind === 'kept') {
        if (layer) proof.keep(layer.index.table);
        repaired.push(before);
      } else repaired.push(await this.#write(layer, before, proof, place));
    }
    proof.finish(after, (tables) => applyLayers(tables, { limits }));
    return repaired;
  }

  async #write(
    { number, index, repair, aim }: PlannedLayer,
    before: LayerState,
    proof: Proof,
    { image, bodies }: { readonly image: Image; readonly bodies: LayerBodies },
  ): Promise<LayerState> {
    if (repair.kind === 'kept') return before;
    await bodies.require(repair.kind === 'amended' ? new Set([number]) : layersOf(repair.plan));
    const workshop = this.#workshop;
    const family = familyOf(image.manifest.mediaType);
    const archive = { file: repair.kind === 'amended' ? bodies.stream(number) : -1, size: index.size };
    const written = await writeRepair(repair, { before, archive, open: bodies.open, family, workshop }, this.#options);
    const stored = workshop.blobs.file(written.digest);
    if (stored === undefined) throw new HoldfastError('BUG', { message: 'a repaired layer is not in a file' });
    await proof.check(written, stored.fd, number, aim);
    return written;
  }
}

/** The layers that have the content of what is planned. */
function layersOf(plan: Extract<PlannedLayer['repair'], { readonly kind: 'rewritten' }>['plan']): ReadonlySet<number> {
  const layers = new Set<number>();
  for (const entry of plan) if (entry.kind === 'inode' && storedSize(entry.inode) > 0) layers.add(entry.inode.layer);
  return layers;
}

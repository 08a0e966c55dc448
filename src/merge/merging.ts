/** What a merge does to each image: the layers of the other inputs go on top of those of the first. */
import fs from 'node:fs';
import path from 'node:path';
import { type Digest, fromJsonText, HoldfastError, toBytes } from '../base/index.ts';
import {
  asLayerOf,
  type Edit,
  type Family,
  familyOf,
  type ImageState,
  type JsonObject,
  LayerAdder,
  type LayerState,
  newStep,
  refuseOverwriting,
  scratch,
  scratchSource,
  stateOf,
  withCreated,
  withSteps,
  type Workshop,
} from '../edit/index.ts';
import { asRefused } from '../host/index.ts';
import { type Image, imageIn, type ImageLayer, isManifest, resolvePlatform } from '../image/index.ts';
import { formatPlatform, parsePlatform, parseReference, type Platform } from '../oci/index.ts';
import type { InputReference } from './input-reference.ts';
import type { MergedInput, MergeOptions } from './merge-result.ts';
import { requireNoConflicts } from './merge-conflicts.ts';
import { withMergedHistory } from './merged-history.ts';
import { treeLayer } from './tree-layer.ts';

/** Docker's storage driver takes no more. */
const mostLayers = 127;

interface Tools {
  readonly to: string;
  readonly workshop: Workshop;
  readonly options: MergeOptions;
  /** By the digest of the image that was merged upon: filled with what was merged. */
  readonly merged: Map<Digest, readonly MergedInput[]>;
}

/** One input, for one image. */
interface Part extends Omit<MergedInput, 'layers'> {
  readonly states: readonly LayerState[];
  /** The same layers, to be read where that is needed. */
  readonly layers: readonly ImageLayer[];
  /** Of an image. */
  readonly config?: JsonObject;
}

export class Merging implements Edit {
  readonly #references: readonly InputReference[];
  /** Layers that are the same for every image, by the position of their input. */
  readonly #made: ReadonlyMap<number, LayerState>;
  readonly #tools: Tools;

  private constructor(references: readonly InputReference[], made: ReadonlyMap<number, LayerState>, tools: Tools) {
    this.#references = references;
    this.#made = made;
    this.#tools = tools;
  }

  /** @throws the codes of layers and trees */
  static async begin(references: readonly InputReference[], tools: Tools): Promise<Merging> {
    const { workshop, options } = tools;
    const adder = new LayerAdder(workshop, options);
    const made = new Map<number, LayerState>();
    for (const [at, input] of references.entries()) {
      if (input.kind === 'tree') made.set(at, await treeLayer(input.reference, workshop, options));
      if (input.kind !== 'layer') continue;
      requireFile(input);
      const [added] = await adder.add([input.file]);
      if (added) made.set(at, added.layer);
    }
    return new Merging(references, made, tools);
  }

  async image(image: Image, state: ImageState): Promise<ImageState> {
    const { workshop, options, merged } = this.#tools;
    const family = familyOf(image.manifest.mediaType);
    const parts: Part[] = [];
    for (const [at, input] of this.#references.entries()) {
      const made = this.#made.get(at);
      if (made) parts.push(this.#partOfLayer(input, made, image.platform));
      else if (at === 0) parts.push(partOfImage(input.reference, image, state));
      else parts.push(await this.#partOfOther(input.reference, image.platform));
    }
    if (options.onConflict === 'error') await requireNoConflicts(parts, options);
    const layers = this.#inFamily(family, parts);
    if (layers.length > mostLayers) workshop.note({ code: 'LAYERS_MANY', detail: String(layers.length) });
    merged.set(
      image.manifestDigest,
      parts.map(({ reference, kind, digest, states }) => ({ reference, kind, digest, layers: states.length })),
    );
    return { ...state, layers, config: this.#config(state, parts, layers.length) };
  }

  /** An image of an index is the one for the same platform; an image alone is taken as it is, unless platforms matter. */
  async #partOfOther(reference: string, wanted: Platform): Promise<Part> {
    const { workshop, options, to } = this.#tools;
    const source = reference === scratch ? scratchSource(wanted) : await workshop.open(reference);
    const platforms = (options.platforms ?? []).map(parsePlatform);
    const isChosen = options.all === true || platforms.length > 0;
    if (options.all !== true && !isManifest(source.root)) refuseOverwriting(reference, parseReference(to), platforms);
    const platform = isChosen || !isManifest(source.root) ? this.#platformFor(wanted) : undefined;
    const image = await imageIn(source, await resolvePlatform(source, platform), reference);
    workshop.closing.use(image);
    for (const note of image.notes) workshop.note(note);
    if (isOther(image.platform, wanted)) {
      const detail = `${reference} is for ${formatPlatform(image.platform)}, not ${formatPlatform(wanted)}`;
      workshop.note({ code: 'PLATFORMS_MIXED', detail });
    }
    const states = stateOf(image).layers.map((layer): LayerState => ({ ...layer, origin: 'base' }));
    for (const { digest } of states) workshop.blobs.addFrom(source, digest);
    return partOfImage(reference, image, { ...stateOf(image), layers: states });
  }

  /** That of the image below; where there is none, what was asked for, or else this machine's. */
  #platformFor(wanted: Platform): Platform | undefined {
    if (this.#references[0]?.kind === 'image') return wanted.os === 'unknown' ? undefined : wanted;
    const [asked] = this.#tools.options.platforms ?? [];
    return asked === undefined ? undefined : parsePlatform(asked);
  }

  #partOfLayer({ reference, kind }: InputReference, layer: LayerState, platform: Platform): Part {
    if (kind === 'tree' && platform.os === 'windows') {
      throw new HoldfastError('HOST_UNSUPPORTED', { what: 'a tree cannot become a layer of a Windows image here' });
    }
    const { digest, size, mediaType, diffId } = layer;
    const open = async () => ({ fd: this.#tools.workshop.blobs.file(digest)?.fd ?? -1, offset: 0, size });
    return { reference, kind, digest, states: [layer], layers: [{ number: 1, digest, size, mediaType, diffId, open }] };
  }

  /** Docker's tools refuse layers with media types of OCI, and the other way round. An image that is alone stays what it is. */
  #inFamily(family: Family, parts: readonly Part[]): readonly LayerState[] {
    const { workshop } = this.#tools;
    let changed = 0;
    const [first] = parts;
    if (parts.length === 1 && first?.kind === 'image') return first.states;
    const layers = parts.flatMap(({ states, kind }) => {
      return states.map((layer) => {
        const adapted = asLayerOf(family, layer, workshop);
        if (kind === 'image' && adapted.mediaType !== layer.mediaType) changed++;
        return adapted;
      });
    });
    if (changed > 0) workshop.note({ code: 'MEDIA_TYPES_ADAPTED', detail: String(changed) });
    return layers;
  }

  #config({ config }: ImageState, parts: readonly Part[], layers: number): JsonObject {
    const { created, history } = this.#tools.options;
    const dated = withCreated(config, created);
    const told = parts.map(({ reference, states, config: own }) => {
      if (own) return { count: states.length, config: own };
      const createdBy = history ?? `holdfast merge ${nameIn(reference)}`;
      return { count: states.length, step: newStep(dated, { createdBy, created }) };
    });
    const merged = withMergedHistory(dated, told, () => this.#tools.workshop.note({ code: 'HISTORY_DROPPED' }));
    if (history === undefined || told.some(({ step }) => step)) return merged;
    return withSteps(merged, layers, [newStep(dated, { createdBy: history, created, isEmpty: true })]);
  }
}

function partOfImage(reference: string, { manifestDigest, layers }: Image, state: ImageState): Part {
  return { reference, kind: 'image', digest: manifestDigest, states: state.layers, layers, config: state.config };
}

function isOther(found: Platform, wanted: Platform): boolean {
  if (found.os === 'unknown' || wanted.os === 'unknown') return false;
  return found.os !== wanted.os || found.architecture !== wanted.architecture;
}

/** @throws REFERENCE_INVALID */
function requireFile({ reference, file }: Extract<InputReference, { kind: 'layer' }>): void {
  if (file.includes('\0')) throw new HoldfastError('REFERENCE_INVALID', { reference, reason: 'it has a NUL' });
  if (file === '-' || !isDirectory(file)) return;
  const hint = `a directory is rootfs:${file}`;
  throw new HoldfastError('REFERENCE_INVALID', { reference, reason: 'it is a directory', hint });
}

function isDirectory(file: string): boolean {
  try {
    return fs.statSync(toBytes(fromJsonText(file)), { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch (error) {
    throw asRefused('look at', file, error);
  }
}

/** Without the directories of whoever ran this. */
function nameIn(reference: string): string {
  const [, kind = '', rest = reference] = /^(rootfs:|tar:|layer:)(.*)$/s.exec(reference) ?? [];
  const isPath = kind !== '' || /^[./]/.test(reference);
  return `${kind}${isPath && rest !== '-' ? path.basename(path.resolve(rest)) : rest}`.toWellFormed();
}

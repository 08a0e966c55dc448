/** An image with more layers on top. */
import type { Note } from '../base/index.ts';
import type { Image } from '../image/index.ts';
import { withBaseAnnotations } from './base-annotations.ts';
import { newStep, withCreated, withSteps } from './history.ts';
import type { ImageState, LayerState } from './image-state.ts';
import { familyOf } from './layer-types.ts';
import { scratch } from './scratch.ts';

export interface AddedStep {
  readonly layer: LayerState;
  /** What the history says of it. */
  readonly createdBy: string;
}

export interface MoreLayersOptions {
  /** The reference of the image. */
  readonly from: string;
  readonly created?: string | undefined;
  /** Say in the annotations what the image was before, so that it can be rebased later. */
  readonly setBaseAnnotations?: boolean | undefined;
  readonly note: (note: Note) => void;
}

export function withMoreLayers(
  image: Image,
  state: ImageState,
  added: readonly AddedStep[],
  { from, created, setBaseAnnotations = false, note }: MoreLayersOptions,
): ImageState {
  const dated = withCreated(state.config, created);
  const steps = added.map(({ createdBy }) => newStep(dated, { createdBy, created }));
  const config = withSteps(dated, state.layers.length, steps);
  const layers = [...state.layers, ...added.map(({ layer }) => layer)];
  if (!setBaseAnnotations) return { ...state, config, layers };
  const base = from === scratch ? undefined : { reference: from, digest: image.manifestDigest };
  const manifest = withBaseAnnotations(state.manifest, base);
  if (manifest !== state.manifest && familyOf(image.manifest.mediaType) === 'docker') {
    note({ code: 'ANNOTATIONS_OF_DOCKER' });
  }
  return { manifest, config, layers };
}

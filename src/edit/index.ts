/** Images made of images: another config, more layers, another base, fewer layers. What is not asked to change keeps its bytes. */
export { type AddedLayer, asLayerOf, LayerAdder } from './added-layers.ts';
export { appendLayers, type AppendOptions } from './append.ts';
export { changedConfig, type ConfigChanges, type TextMap } from './config-changes.ts';
export type { Edit, EditedImage, EditedLayer, EditOptions, EditResult } from './edit.ts';
export { editImages, refuseOverwriting, type RunOptions, type Workshop } from './edit-images.ts';
export { describesLayers, newStep, stepsOf, withCreated, withSteps } from './history.ts';
export { type ImageState, type LayerOrigin, type LayerState, newLayer, stateOf } from './image-state.ts';
export { type JsonObject, objectAt, withKey } from './json-object.ts';
export { LayerBodies } from './layer-bodies.ts';
export { type Family, familyOf, layerMediaType } from './layer-types.ts';
export { type AddedStep, type MoreLayersOptions, withMoreLayers } from './more-layers.ts';
export { flattenImage, type FlattenOptions } from './flatten.ts';
export { mutateImage, type MutateOptions } from './mutate.ts';
export { rebaseImage, type RebaseOptions } from './rebase.ts';
export { type LayerWriting, noteZstd, temporaryFile, writtenLayer } from './written-layer.ts';
export { scratch, scratchSource } from './scratch.ts';

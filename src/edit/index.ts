/** Images made of images: another config, more layers, another base, fewer layers. What is not asked to change keeps its bytes. */
export { appendLayers, type AppendOptions } from './append.ts';
export type { ConfigChanges, TextMap } from './config-changes.ts';
export type { EditedImage, EditedLayer, EditOptions, EditResult } from './edit.ts';
export type { LayerOrigin } from './image-state.ts';
export { flattenImage, type FlattenOptions } from './flatten.ts';
export { mutateImage, type MutateOptions } from './mutate.ts';
export { rebaseImage, type RebaseOptions } from './rebase.ts';
export type { LayerWriting } from './written-layer.ts';

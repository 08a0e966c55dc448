/**
 * An image as one file tree: where the documents, the layers and the tree algebra meet. It knows no target.
 */
export { atLayer } from './at-layer.ts';
export { layerSources } from './layer-sources.ts';
export { cachedIndexes, loadIndexes, loadRootfs, type RootfsOptions } from './load-rootfs.ts';
export {
  checkLayers,
  mergeLayers,
  type MergeOptions,
  type Rootfs,
  splitLayers,
  type SplitRootfs,
} from './merge-layers.ts';
export { type PathSelection, selectPaths } from './select-paths.ts';

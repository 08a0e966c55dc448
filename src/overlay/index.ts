/**
 * What an overlay file system keeps of changes, read without it: the upper directory over the tree below. It compares
 * nothing and mounts nothing.
 */
export { type MarkNamespace } from './overlay-marks.ts';
export { openOverlay, type OverlayOptions } from './open-overlay.ts';
export type { OverlayTree } from './overlay-tree.ts';
export { likeBelow } from './upper-root.ts';

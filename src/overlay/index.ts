/**
 * What an overlay file system keeps of changes, read without it: the upper directory over the tree below; and where `unpack`
 * put the directories of one. It compares nothing and mounts nothing.
 */
export { findSetup } from './find-setup.ts';
export type { Restore } from './lay-upper.ts';
export type { MarkNamespace } from './overlay-marks.ts';
export { openOverlay, type OverlayOptions } from './open-overlay.ts';
export {
  type OverlayHead,
  type OverlaySetup,
  readSetup,
  setupDirectory,
  setupParts,
  writeHead,
} from './overlay-setup.ts';
export type { OverlayTree } from './overlay-tree.ts';
export type { Place } from './redirect.ts';
export { likeBelow } from './upper-root.ts';

/** `unpack`: an image becomes a root file system in a directory, exactly, verified, and all at once. */
export type { Loss } from './losses.ts';
export { unpack, type UnpackOptions, type UnpackResult } from './unpack.ts';
export { unpackOverlay, type UnpackOverlayResult } from './unpack-overlay.ts';

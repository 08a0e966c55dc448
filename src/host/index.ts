/**
 * The real file system, through directory handles: what Node offers and, through koffi, what it lacks. It knows no
 * image and no tree.
 */
export { type FileIdentity, type HostCalls, type LockOutcome, type NodeKind, procPath } from './calls.ts';
export { host } from './host.ts';
export { koffiFiles, type PackagedFile } from './koffi-files.ts';
export { listNames } from './list-names.ts';
export { makeDirectories } from './make-directories.ts';
export { isSameMount } from './same-mount.ts';
export { deviceNumber, FileLook, fileTypes, type LookCalls, pathOnly } from './look-calls.ts';
export {
  createPrivateFile,
  makeLockedDirectory,
  makePrivateDirectory,
  type PrivateFile,
  removeLeftovers,
} from './private-files.ts';
export { type InflateStep, nativeInflaterFactory, type NativeInflater } from './isal.ts';
export { type IdMap, type IdRange, mapId } from './ownership.ts';
export { mountOverlay, overlayData, type OverlayDirectories, unmount } from './mounts.ts';
export { asRefused, asUnread, errnoOf, guarded } from './refused.ts';
export { removeContent, removeTree } from './remove-tree.ts';
export {
  type AttributePolicy,
  type AttributeTarget,
  isHostXattr,
  type Refusal,
  setAttributes,
  type WantedAttributes,
} from './set-attributes.ts';
export { readTokenFile } from './token-file.ts';
export { openUnnamedFile } from './unnamed-file.ts';

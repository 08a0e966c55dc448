/**
 * Holdfast as a library: container images whose file system you can trust. Images are opened from registries, OCI
 * layouts, archives and Docker daemons, verified, merged into one tree with inode identity, and unpacked, exported,
 * looked into or copied.
 *
 * @example
 * import { openImage, unpack } from 'holdfast';
 *
 * await using image = await openImage('oci:images:debian');
 * const { digest, entries } = await unpack(image, 'rootfs', { signal: AbortSignal.timeout(60_000) });
 */
export {
  type ByteString,
  defaultLimits,
  type DiffId,
  type Digest,
  type BlobContent,
  type BlobEvent,
  type BlobOutcome,
  type EngineEvent,
  type ErrorCode,
  errorCatalogue,
  type ErrorData,
  exitCodes,
  fromBytes,
  fromJsonText,
  fromText,
  HoldfastError,
  isHoldfastError,
  type LayerPosition,
  type Limits,
  type LossSummary,
  type NetworkEvent,
  type Note,
  type NoteCode,
  noteTexts,
  type OperationOptions,
  parseDigest,
  type SparseExtent,
  type Timestamp,
  toBytes,
  toDisplayText,
  toJsonText,
} from './base/index.ts';
export { credentialStore, type Credential, type CredentialStore } from './credentials/index.ts';
export {
  appendLayers,
  type AppendOptions,
  type ConfigChanges,
  type EditedImage,
  type EditedLayer,
  type EditOptions,
  type EditResult,
  flattenImage,
  type FlattenOptions,
  type LayerWriting,
  mutateImage,
  type MutateOptions,
  rebaseImage,
  type RebaseOptions,
} from './edit/index.ts';
export { type ExportOptions, type ExportResult, exportTo, exportToFile } from './export/index.ts';
export type { IdMap, IdRange } from './host/index.ts';
export {
  type Image,
  type ImageLayer,
  type NamedDocument,
  openImage,
  type OpenOptions,
  openReference,
} from './image/index.ts';
export {
  type AttributeFacts,
  catFile,
  type ImageReport,
  imageLinks,
  inspectImage,
  type LayerListedEntry,
  type LayerListing,
  type LayerReport,
  type LinkGroupFacts,
  type LinkReport,
  listImage,
  type ListImageOptions,
  listImageLayer,
  type Listing,
  type ListedEntry,
  type LookOptions,
  type NoteFacts,
  validate,
  type ValidateOptions,
  type ValidationReport,
  type ValidImage,
  type ValidLayer,
} from './inspect/index.ts';
export type {
  Descriptor,
  ImageConfig,
  ImageDocument,
  ImageIndex,
  ImageManifest,
  Platform,
  RuntimeConfig,
} from './oci/index.ts';
export {
  connectRegistry,
  type FetchedManifest,
  type NetworkOptions,
  type RegistryClient,
  type RegistryUse,
  type Repository,
} from './registry/index.ts';
export {
  atLayer,
  loadRootfs,
  type PathSelection,
  type Rootfs,
  type RootfsOptions,
  selectPaths,
} from './rootfs/index.ts';
export { startRegistry, type RegistryOptions, type RequestRecord, type RunningRegistry } from './serve/index.ts';
export {
  checkStore,
  type CheckOptions,
  collectGarbage,
  type GarbageOptions,
  type GarbageReport,
  type LayoutStore,
  localStoreDirectory,
  openLayoutStore,
  openLocalStore,
  type PartialDownload,
  type StoreCheck,
  type StoredImage,
  type StoreProblem,
  storeReport,
  type StoreReport,
} from './store/index.ts';
export {
  type CopiedBlobs,
  copyImage,
  type CopyOptions,
  type CopyResult,
  deleteImage,
  listReferrers,
  listRepositories,
  type ListOptions,
  listTags,
  logIn,
  type LoginOptions,
  type LoginResult,
  logOut,
  type LogoutResult,
  type ReferrerFacts,
  type ReferrerReport,
  tagImage,
  type TagOptions,
  type TagResult,
} from './transfer/index.ts';
export {
  Inode,
  type InodeKind,
  type LinkGroup,
  linkGroups,
  lookup,
  type OnConflict,
  resolvePath,
  type ResolvedPath,
  type Tree,
  type TreeEntry,
  walk,
} from './tree/index.ts';
export { type Loss, unpack, type UnpackOptions, type UnpackResult } from './unpack/index.ts';

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
export {
  audit,
  type AuditedImage,
  auditImage,
  type AuditImageOptions,
  type AuditOptions,
  type AuditResult,
  type Baseline,
  baselineOf,
  type Finding as AuditFinding,
  findHazard,
  hazards,
  type HiddenHazard,
  type ImageAudit,
  type KnownFinding,
  parseBaseline,
  type Rule as AuditRule,
  sarifOf,
  type SkippedMember,
} from './audit/index.ts';
export {
  type Hazard,
  type Severity,
  type TargetName as AuditTarget,
  targets as auditTargets,
} from './hazards/index.ts';
export { appendProbe, type AppendProbeOptions, type AppendProbeResult, type ProbeStart } from './append-probe/index.ts';
export {
  type CopiedImage,
  copyPaths,
  type CopyPathsOptions,
  type CopyPathsResult,
  type CopyPlanReport,
  type PlanDirectory,
  type PlanFact,
} from './cp/index.ts';
export { commit, type CommitOptions, type CommitResult } from './commit/index.ts';
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
export {
  type Delink,
  type DelinkReport,
  type FixedImage,
  fixImage,
  type FixOptions,
  type FixReport,
  type FixResult,
  type LayerRepair,
  type ReplacedDigest,
  type ReportedDecision,
  type RuleRepairs,
} from './fix/index.ts';
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
export {
  type MergedImage,
  type MergedInput,
  type MergedLayer,
  type MergeOptions,
  mergeReferences,
  type MergeResult,
} from './merge/index.ts';
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
  type ProbeOptions,
  type ProbeRequest,
  type ProbeServerOptions,
  type RunningProbe,
  startProbe,
  writeTest,
  type WriteTestResult,
} from './probe/index.ts';
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
  type ChangeReport,
  diffReferences,
  type DiffOptions,
  type DiffResult,
  type RecordUse,
  type ReportedChange,
  type ReportedFacts,
  type ReportedProblem,
  snapshot,
  type SnapshotFacts,
  type SnapshotOptions,
  type SnapshotResult,
  type TakeLayer,
  type UpperDirectory,
} from './snapshot/index.ts';
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
export { findListingCommands, type FindListingCommands, type UnknownFact } from './trees/index.ts';
export {
  type Loss,
  unpack,
  type UnpackOptions,
  unpackOverlay,
  type UnpackOverlayResult,
  type UnpackResult,
} from './unpack/index.ts';
export {
  type Cause,
  type Confidence,
  type Fault,
  type FaultFacts,
  type FaultKind,
  type Finding,
  findingsIn,
  type IgnoredPath,
  type UnseenPath,
  verify,
  type VerifyOptions,
  type VerifyResult,
} from './verify/index.ts';

/** OCI layout directories that are written to, by many processes at once, whatever kills them. */
export { checkStore } from './check-store.ts';
export {
  collectGarbage,
  type GarbageOptions,
  type GarbageReport,
  type RemovedBlob,
  type RemovedImage,
} from './collect-garbage.ts';
export type { AdoptOptions, BlobIngest, LayoutStore, StoredBlob } from './layout-store.ts';
export { localStoreDirectory, openLocalStore } from './local-store.ts';
export { openLayoutStore, type StoreOptions } from './open-layout-store.ts';
export { type PartialDownload, type StoredImage, storeReport, type StoreReport } from './store-report.ts';
export type { CheckOptions, HashEvent, ProblemKind, StoreCheck, StoreProblem } from './store-problem.ts';

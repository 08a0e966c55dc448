/** What changed from one tree to another: told, written as a layer, or made the next layer of an image. */
export type { ChangeReport, ReportedChange, ReportedFacts, ReportedProblem } from './change-report.ts';
export { commit, type CommitOptions, type CommitResult } from './commit.ts';
export { diffReferences, type DiffOptions, type DiffResult } from './diff.ts';
export type { TakeLayer } from './layer-file.ts';
export type { UpperDirectory } from './open-target.ts';
export type { RecordUse } from './recorded-directory.ts';
export { snapshot, type SnapshotFacts, type SnapshotOptions, type SnapshotResult } from './snapshot.ts';

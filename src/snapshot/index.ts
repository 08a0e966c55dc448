/** What changed from one tree to another: told, or written as a layer. */
export type { ChangeReport, ReportedChange, ReportedFacts, ReportedProblem } from './change-report.ts';
export { diffReferences, type DiffOptions, type DiffResult } from './diff.ts';
export type { TakeLayer } from './layer-file.ts';
export { openLiveTarget, type UpperDirectory } from './open-target.ts';
export type { RecordUse } from './recorded-directory.ts';
export { snapshot, type SnapshotFacts, type SnapshotOptions, type SnapshotResult, takeSnapshot } from './snapshot.ts';
export { writeChanges } from './write-changes.ts';

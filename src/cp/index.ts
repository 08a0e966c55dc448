/** Copies paths of any tree into an image: one more layer, links whole, and nothing lost behind a link on the way. */
export { copyPaths, type CopiedImage, type CopyPathsOptions, type CopyPathsResult } from './copy-paths.ts';
export type { CopyPlanReport, ReportedDirectory, ReportedFact } from './plan-report.ts';

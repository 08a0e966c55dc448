/** Copies paths of any tree into an image: one more layer, links whole, and nothing lost behind a link on the way. */
export type { CopiedImage, CopyPathsOptions, CopyPathsResult } from './copy-options.ts';
export { copyPaths } from './copy-paths.ts';
export type { CopyPlanReport, PlanDirectory, PlanFact } from './plan-report.ts';

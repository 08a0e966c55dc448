/** Trees laid over each other as their layers would be, as one image. */
export { mergeReferences } from './merge.ts';
export type { MergedImage, MergedInput, MergedLayer, MergeOptions, MergeResult } from './merge-result.ts';

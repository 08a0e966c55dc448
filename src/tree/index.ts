/**
 * The file tree and its algebra: names lead to inodes, layers are laid over trees, nothing here ever touches a file.
 * It knows no archive format and no thread.
 */
export { type ApplyOptions, applyLayer, applyLayers } from './apply.ts';
export { attributesDiffer, sameXattrs } from './attributes.ts';
export {
  allFacts,
  type Aspect,
  compareInodes,
  type InodeComparison,
  type KnownFacts,
  type SameContent,
} from './compare-inodes.ts';
export type { CopiedAttributes } from './copied-inodes.ts';
export { copyInto, type CopyRequest, type CopyResult } from './copy-into.ts';
export type { CopyFact } from './copy-placement.ts';
export { type CopyExecution, type CopyPlan, type NamedInode, planCopy } from './copy-plan.ts';
export { type CopySource, findSources } from './copy-sources.ts';
export {
  type AddedPath,
  type ChangedPath,
  type DiffOptions,
  diffTrees,
  isEmptyDiff,
  type PathChange,
  type RemovedPath,
  type TreeDiff,
} from './diff.ts';
export { newDirectoriesAbove } from './directories-above.ts';
export {
  type Columns,
  EntryTable,
  type RareFacts,
  spellings,
  type TableEntry,
  unlistedDirectory,
  type Xattrs,
} from './entry-table.ts';
export { EntryTableBuilder } from './entry-table-builder.ts';
export { filterTree, type FilterVerdict } from './filter.ts';
export { type IgnoreList, ignoreList } from './ignore-list.ts';
export { type Children, Inode, type InodeFacts } from './inode.ts';
export { type EntryKind, type InodeKind, kindCode } from './kinds.ts';
export { layerPlan } from './layer-plan.ts';
export { type LayerName, normalisePath, readLayerName } from './layer-name.ts';
export type { OnConflict } from './layer-placement.ts';
export { type MergeInput, mergeTrees, type MergeTreesOptions } from './merge.ts';
export { type ModeChange, parseModeChange } from './mode-change.ts';
export { sortByKey, walkOrderKey } from './path-order.ts';
export { flatPlan, hasImpliedAttributes, type PlannedEntry } from './plan.ts';
export { type OnRefused, type RefusedRow } from './refused-row.ts';
export { type RepeatedName, repeatedNames } from './repeated-names.ts';
export { type FoundName, type PathLookup, resolveFilePaths } from './resolve-file-paths.ts';
export { resolvePath, type ResolvedPath } from './resolve-path.ts';
export { columnsOfTree, levelOrder, type TreeColumns, treeOfColumns } from './stored-tree.ts';
export { type ToldFacts, toldFact } from './told-facts.ts';
export { markerEntry, type PlannedTable, tableEntryAt, tableEntryOf, tableOfPlan } from './table-entry.ts';
export {
  emptyTree,
  inodes,
  joinPath,
  type LinkGroup,
  linkGroups,
  lookup,
  parentPath,
  sortedChildren,
  type Tree,
  type TreeEntry,
  walk,
  walkFrom,
} from './tree.ts';
export { withInodes } from './with-inodes.ts';

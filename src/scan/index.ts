/**
 * A live directory as a tree: what stands there, which names are one inode, what of it is not to be known, and how to
 * open its content again. It knows no image and no layer.
 */
export { type ContentDigests, contentDigests, type DigestOptions } from './content-digests.ts';
export { type HashedFile, type HashPathOptions, PathHasher, type Unhashed } from './hash-path.ts';
export { type LiveFacts, liveFacts } from './live-facts.ts';
export type { KnownColumns, KnownRows } from './known-rows.ts';
export { resolveLivePaths } from './live-paths.ts';
export type { LiveIdentity, LiveRows } from './live-rows.ts';
export type { LiveTree } from './live-tree.ts';
export { openRoot } from './open-root.ts';
export { scanDirectory, type ScanOptions } from './scan-directory.ts';
export type { ScanProblem } from './scan-problem.ts';
export { UnseenPaths } from './unseen-paths.ts';
export { walkDirectory, type WalkDirectoryOptions, type WalkedInode, type WalkedName } from './walk-directory.ts';

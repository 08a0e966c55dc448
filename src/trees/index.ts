/**
 * Any tree that a reference names, open: an image, a live directory, a flat tar or a layer, with what is known of it and its
 * content. It compares nothing and writes nothing.
 */
export { findListingCommands, type FindListingCommands } from '../find-listing/index.ts';
export { commonFacts } from './known-facts.ts';
export { LayeredSource } from './layered-source.ts';
export { openTree, type OpenTreeOptions, treeOfImage } from './open-any-tree.ts';
export { realDirectory } from './live-source.ts';
export { requireOneStdin } from './one-stdin.ts';
export type { ContainerFacts, ContentOptions, FileDigests, OpenTree } from './open-tree.ts';
export { parseTreeReference, type TreeReference } from './tree-reference.ts';
export { describeFacts, refuseUnknownFacts, type UnknownFact, unknownFacts } from './unknown-facts.ts';

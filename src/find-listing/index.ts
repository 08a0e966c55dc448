/**
 * A tree as `find` tells of it, for containers where only a shell is to be had: the lines to run there, and what they print
 * as a tree.
 */
export type { FindListing } from './listing-builder.ts';
export { isFindListing, readFindListing, type ReadListingOptions } from './read-listing.ts';
export { findListingCommands, type FindListingCommands } from './commands.ts';

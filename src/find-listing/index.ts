/**
 * A tree as `find` tells of it, for containers where only a shell is to be had: the lines to run there, and what they print
 * as a tree.
 */
export { findListingCommands, type FindListingCommands } from './commands.ts';

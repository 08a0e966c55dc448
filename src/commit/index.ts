/** What changed in a live directory becomes the next layer of the image it was. */
export { commit, type CommitOptions, type CommitResult } from './commit.ts';

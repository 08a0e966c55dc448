/** Images from one place to another: copy, tag, delete, list. */
export { type CopyOptions, copyImage, type CopyResult, type Place } from './copy.ts';
export { deleteImage } from './delete.ts';
export { type CopiedBlobs, ImageCopy, type ImageCopyOptions } from './image-copy.ts';
export {
  listReferrers,
  listRepositories,
  type ListOptions,
  listTags,
  type ReferrerFacts,
  type ReferrerReport,
} from './list.ts';
export { logIn, type LoginOptions, type LoginResult, logOut, type LogoutResult } from './login.ts';
export { registryHost } from './registry-host.ts';
export { tagImage, type TagOptions, type TagResult } from './tag.ts';

/**
 * Looking inside images without unpacking them: lists, link groups, file contents, metadata, and whether every byte is
 * what it is said to be. Everything that is returned is plain data, ready for JSON.
 */
export { catFile } from './cat-file.ts';
export { type AttributeFacts, entryFacts, type ListedEntry } from './entry-facts.ts';
export { type ImageReport, inspectImage, type LayerReport } from './image-report.ts';
export { exactNumber } from './json-values.ts';
export { layerIndex } from './layer-index.ts';
export { type LinkGroupFacts, type LinkReport, linkReport } from './link-report.ts';
export {
  imageLinks,
  type LayerListing,
  listImage,
  type ListImageOptions,
  listImageLayer,
  type Listing,
  type LookOptions,
} from './list-image.ts';
export { type LayerListedEntry, listLayer } from './list-layer.ts';
export { type ListedPath, type ListOptions, listPath } from './list-path.ts';
export { type NoteFacts, noteFacts } from './note-facts.ts';
export { validate, type ValidateOptions, type ValidationReport } from './validate.ts';
export { type ValidImage, validateImage, type ValidLayer } from './validate-image.ts';

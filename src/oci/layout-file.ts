/** The small documents that say what a directory or an archive is. */
import type * as v from 'valibot';
import { quoteText } from '../base/index.ts';
import { invalid, parseJson } from './json.ts';
import { list, optional, record, shape, text } from './shape.ts';

/**
 * Checks the file `oci-layout` (OCI image-spec, image-layout.md).
 *
 * @throws DOCUMENT_INVALID, also for a version other than 1.0.0
 */
export function parseLayoutFile(bytes: Uint8Array): void {
  const what = 'the file oci-layout';
  const { imageLayoutVersion: version } = shape(layoutFile, parseJson(bytes, what), what);
  if (version !== '1.0.0') throw invalid(what, `the layout has version ${quoteText(version)}, known is only "1.0.0"`);
}

/** One image of a docker-archive, as its `manifest.json` lists it. */
export interface ArchivedImage {
  /** Member names inside the archive. */
  readonly config: string;
  /** Bottom first. */
  readonly layers: readonly string[];
  readonly repoTags: readonly string[];
}

/** @throws DOCUMENT_INVALID, LIMIT_EXCEEDED past 4 MiB */
export function parseArchiveManifest(bytes: Uint8Array): readonly ArchivedImage[] {
  const what = 'manifest.json';
  const images = shape(list(archivedImage), parseJson(bytes, what), what);
  return images.map((image) => ({ config: image.Config, layers: image.Layers, repoTags: image.RepoTags ?? [] }));
}

const layoutFile: v.GenericSchema<unknown, { readonly imageLayoutVersion: string }> = record({
  imageLayoutVersion: text,
});

const archivedImage = record({ Config: text, Layers: list(text), RepoTags: optional(list(text)) });

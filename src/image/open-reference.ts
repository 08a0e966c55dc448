import type { Digest } from '../base/index.ts';
import { type ImageDocument, parsePlatform } from '../oci/index.ts';
import { type OpenOptions, openSource } from './open-source.ts';
import { resolvePlatform } from './resolve-platform.ts';

/** A manifest or an index, verified. */
export interface NamedDocument {
  /** As the user gave it. */
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly document: ImageDocument;
}

/**
 * What a reference itself names: the index where it is one, unless a platform is asked for. Nothing stays open.
 *
 * @throws as `openImage`
 */
export async function openReference(reference: string, options: OpenOptions = {}): Promise<NamedDocument> {
  const wanted = options.platform === undefined ? undefined : parsePlatform(options.platform);
  options.onEvent?.({ kind: 'phase', phase: 'open' });
  await using source = await openSource(reference, options);
  const { digest, bytes, document } = wanted === undefined ? source.root : await resolvePlatform(source, wanted);
  return { reference, digest, mediaType: document.mediaType, bytes, document };
}

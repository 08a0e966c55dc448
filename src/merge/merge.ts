/** `merge`: images, layers and trees laid over each other as one image. */
import { type BlobOutcome, type Digest, type EngineEvent, HoldfastError } from '../base/index.ts';
import { type EditedLayer, editImages, scratch } from '../edit/index.ts';
import { readInputs } from './input-reference.ts';
import type { MergedInput, MergedLayer, MergeOptions, MergeResult } from './merge-result.ts';
import { Merging } from './merging.ts';

/**
 * Lays the layers of all inputs over each other, the first at the bottom. Layers of images are not read and stay as they are,
 * byte for byte; `layer:FILE` is one layer with its whiteouts; any other tree is written as one layer. What an image says of
 * itself, its platform included, is what the first input says, if that is an image.
 *
 * @param inputs references to trees
 *
 * @example
 * import { mergeReferences } from 'holdfast';
 *
 * const { digest } = await mergeReferences(['debian:12', 'layer:changes.tar'], 'oci:images:merged', { onConflict: 'error' });
 *
 * @throws USAGE, CONFLICTS_REFUSED, FACTS_UNKNOWN, NAME_IS_MARKER, FILE_NOT_FOUND, HOST_REFUSED, and every code of references, documents, layers,
 * archives, the network and the store
 */
export async function mergeReferences(
  inputs: readonly string[],
  to: string,
  options: MergeOptions = {},
): Promise<MergeResult> {
  const references = await readInputs(inputs, options);
  const [first] = references;
  if (first === undefined) throw new HoldfastError('USAGE', { message: 'there is nothing to merge' });
  const outcomes = new Map<string, BlobOutcome>();
  const onEvent = (event: EngineEvent): void => {
    if (event.kind === 'blob-done') outcomes.set(event.digest, event.outcome);
    options.onEvent?.(event);
  };
  // What is refused shall not leave so much as an empty layout behind.
  const delivery = 'late';
  const merged = new Map<Digest, readonly MergedInput[]>();
  const from = first.kind === 'image' ? first.reference : scratch;
  const { images, source, sourceDigest, ...result } = await editImages(
    from,
    to,
    { ...options, delivery, onEvent },
    async (workshop) => await Merging.begin(references, { workshop, options, merged, to }),
  );
  void [source, sourceDigest];
  return {
    inputs,
    ...result,
    images: images.map(({ platform, sourceDigest: base, digest, layers }) => {
      const parts = merged.get(base) ?? [];
      return { platform, digest, inputs: parts, layers: withOrigins(layers, parts, outcomes) };
    }),
  };
}

function withOrigins(
  layers: readonly EditedLayer[],
  inputs: readonly MergedInput[],
  outcomes: ReadonlyMap<string, BlobOutcome>,
): MergedLayer[] {
  const numbers = inputs.flatMap(({ layers: count }, at) => Array.from({ length: count }, () => at + 1));
  return layers.map((layer, at) => {
    const outcome = outcomes.get(layer.digest);
    return { ...layer, input: numbers[at] ?? 0, ...(outcome === undefined ? {} : { outcome }) };
  });
}

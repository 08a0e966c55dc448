/** What a repaired image says of its repair, in the annotations of its manifest. */
import type { Digest } from '../base/index.ts';
import { type JsonObject, objectAt, withKey } from '../edit/index.ts';
import type { FixReport } from './report.ts';

/** The digest of the manifest that was repaired. */
const sourceKey = 'dev.holdfast.fix.source';
/** For each layer that was written, by its number: the digest of the layer that was there, and the rules. */
const layersKey = 'dev.holdfast.fix.layers';

export function annotated(manifest: JsonObject, source: Digest, { repairs }: FixReport): JsonObject {
  const layers = repairs.map(({ layer, from, rules }) => [
    layer,
    { source: from, rules: rules.map(({ rule }) => rule) },
  ]);
  return withKey(manifest, 'annotations', {
    ...objectAt(manifest, 'annotations'),
    [sourceKey]: source,
    [layersKey]: JSON.stringify(Object.fromEntries(layers)),
  });
}

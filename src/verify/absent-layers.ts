import type { FoundFault } from './fault.ts';

/**
 * The lowest layer from which on nothing of the image is there: every file from these layers is missing or something else, at
 * least one of each layer is missing, and something of the layers below is as it should be. Layers without files say nothing.
 */
export function topmostAbsentLayer(
  namesByLayer: readonly (number | undefined)[],
  faults: readonly FoundFault[],
  layers: number,
): number | undefined {
  const [wrong, missing] = [new Map<number, Set<string>>(), new Map<number, number>()];
  for (const { kind, image, paths } of faults) {
    if (image === undefined || image.children || !isAbout(kind)) continue;
    const names = wrong.get(image.layer) ?? new Set<string>();
    for (const path of paths) names.add(path);
    wrong.set(image.layer, names);
    if (kind === 'missing') missing.set(image.layer, (missing.get(image.layer) ?? 0) + paths.length);
  }
  let absentFrom: number | undefined;
  for (let layer = layers; layer > 0; layer--) {
    const names = namesByLayer[layer] ?? 0;
    if (names === 0) continue;
    const isAbsent = (missing.get(layer) ?? 0) > 0 && wrong.get(layer)?.size === names;
    if (!isAbsent) return absentFrom;
    absentFrom = layer;
  }
  return undefined;
}

/** What is so where an older file of the same name stands. */
function isAbout(kind: FoundFault['kind']): boolean {
  return kind !== 'extra' && kind !== 'links-split' && kind !== 'links-merged';
}

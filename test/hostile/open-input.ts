/** From a row's input to a reference that can be opened. */
import fs from 'node:fs';
import { join } from 'node:path';
import { imageOf, layerOf, type BuiltLayer, writeLayout } from '../../src/testing/index.ts';
import type { HostileImage, HostileInput } from './hostile-row.ts';
import { removeAll, world } from './outside.ts';

/** Writes the input and returns its reference. What an earlier one wrote is gone then. */
export function writeInput(input: HostileInput): string {
  const directory = join(world, 'image');
  removeAll(directory);
  fs.mkdirSync(directory, { recursive: true });
  return writeImage(input.build(), directory);
}

function writeImage(image: HostileImage, directory: string): string {
  if ('write' in image) return image.write(directory);
  if ('archive' in image) {
    const path = join(directory, 'archive.tar');
    fs.writeFileSync(path, image.archive);
    return `${image.transport}:${path}`;
  }
  const built = 'image' in image ? image.image : imageOf(image.layers.map(asLayer));
  writeLayout(directory, { latest: built });
  return `oci:${directory}:latest`;
}

type LayerSource = Extract<HostileImage, { layers: unknown }>['layers'][number];

function asLayer(source: LayerSource): BuiltLayer {
  return 'diffId' in source ? source : layerOf(source);
}

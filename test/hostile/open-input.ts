/** From a row's input to a reference that can be opened. */
import fs from 'node:fs';
import { join } from 'node:path';
import type { OpenOptions } from '../../src/image/index.ts';
import { imageOf, layerOf, type BuiltLayer, writeLayout } from '../../src/testing/index.ts';
import type { HostileImage, HostileInput } from './hostile-row.ts';
import { removeAll, world } from './outside.ts';
import { withRegistry } from './registry-input.ts';

/** Writes the input and returns its reference. What an earlier one wrote is gone then. */
export function writeInput(input: HostileInput): string {
  const directory = join(world, 'image');
  removeAll(directory);
  fs.mkdirSync(directory, { recursive: true });
  return writeImage(input.build(), directory);
}

/** Runs with a reference to the input, and what is needed to open it. Registries live for one run. */
export async function withInput<Result>(
  input: HostileInput,
  reference: string,
  run: (reference: string, options: Pick<OpenOptions, 'registry' | 'network'>) => Promise<Result>,
): Promise<Result> {
  const image = input.build();
  return 'registry' in image ? await withRegistry(image.registry, run) : await run(reference, {});
}

function writeImage(image: HostileImage, directory: string): string {
  // There is nothing to write; see `withInput`.
  if ('registry' in image) return '';
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

/** The bodies of an image's files, verified and staged by layer and row, before any of them is placed. */
import fs from 'node:fs';
import type { ByteString } from '../base/index.ts';
import { type AttributePolicy, host } from '../host/index.ts';
import type { Image } from '../image/index.ts';
import { type LayerIndex, readLayers, type ReadLayersOptions } from '../layer/index.ts';
import { layerSources } from '../rootfs/index.ts';
import { inodes, type Tree } from '../tree/index.ts';
import type { StagedBodies } from './place-inode.ts';

export interface StagedImage extends Disposable {
  readonly indexes: readonly LayerIndex[];
  readonly bodies: StagedBodies;
}

/**
 * Reads every layer once. Where the tree is known already, only the bodies it needs are written.
 * @throws the codes of `readLayers`, HOST_REFUSED
 */
export async function stageBodies(
  image: Image,
  work: number,
  tree: Tree | undefined,
  options: ReadLayersOptions & { readonly policy: AttributePolicy },
): Promise<StagedImage> {
  const wanted = tree && wantedRows(tree);
  const directories = new Map<number, number>();
  const dispose = (): void => {
    for (const handle of directories.values()) host.close(handle);
  };
  try {
    for (const { number } of image.layers) {
      directories.set(number, makeDirectory(work, `layer-${number}` as ByteString));
    }
    const read = await readLayers(
      layerSources(image.layers),
      ({ number }) => ({
        kind: 'bodies',
        directory: directories.get(number) ?? work,
        policy: options.policy,
        wanted: wanted && (wanted.get(number) ?? new Set()),
      }),
      options,
    );
    const refusals = read.map((layer) => Map.groupBy(layer.refusals, ({ row }) => row));
    return {
      indexes: read.map(({ index }) => index),
      bodies: {
        directory: (layer) => directories.get(layer) ?? work,
        refusals: (layer, row) => refusals[layer - 1]?.get(row) ?? [],
      },
      [Symbol.dispose]: dispose,
    };
  } catch (error) {
    dispose();
    throw error;
  }
}

/** Makes and opens a directory for work that nobody else sees. */
export function makeDirectory(parent: number, name: ByteString): number {
  host.makeDirectory(parent, name, 0o700);
  return host.open(parent, name, fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
}

/** The rows whose bodies a tree needs, by layer. */
function wantedRows(tree: Tree): Map<number, Set<number>> {
  const wanted = new Map<number, Set<number>>();
  for (const inode of inodes(tree)) {
    if (inode.kind !== 'file' || inode.size === 0) continue;
    const rows = wanted.get(inode.layer);
    if (rows) rows.add(inode.row);
    else wanted.set(inode.layer, new Set([inode.row]));
  }
  return wanted;
}

/** The uncompressed layers of an image as open files whose ranges can be read in any order. */
import fs from 'node:fs';
import { type ByteString, defaultLimits, type Limits } from '../base/index.ts';
import { detectCompression } from '../codec/index.ts';
import { guarded, host, openUnnamedFile } from '../host/index.ts';
import type { Image } from '../image/index.ts';
import { type LayerSource, readLayers } from '../layer/index.ts';
import { layerSources, mergeLayers, type Rootfs, type RootfsOptions } from '../rootfs/index.ts';

/** Where the uncompressed bytes of a layer are. */
export interface LayerStream {
  readonly file: number;
  readonly offset: number;
}

export interface StreamedRootfs extends Rootfs, Disposable {
  /** `layer` counts from 1. */
  readonly stream: (layer: number) => LayerStream | undefined;
}

/**
 * Verifies every layer and keeps its uncompressed bytes in unnamed temporary files of a directory; a layer that is
 * stored uncompressed is used where it is.
 * @throws the codes of `readLayers` and `mergeLayers`, HOST_REFUSED
 */
export async function streamRootfs(image: Image, scratch: string, options: RootfsOptions): Promise<StreamedRootfs> {
  const limits: Limits = options.limits ?? defaultLimits;
  const streams = new Map<number, LayerStream>();
  const temporary: number[] = [];
  const dispose = (): void => {
    for (const file of temporary.splice(0)) host.close(file);
  };
  try {
    const read = await readLayers(
      layerSources(image),
      (source) => {
        if (isPlain(source)) {
          streams.set(source.number, { file: source.file, offset: source.offset });
          return { kind: 'none' };
        }
        const file = openUnnamedFile(scratch);
        temporary.push(file);
        streams.set(source.number, { file, offset: 0 });
        return { kind: 'stream', file };
      },
      { ...options, limits },
    );
    const indexes = read.map(({ index }) => index);
    const rootfs = mergeLayers(image, indexes, { limits, onConflict: options.onConflict });
    return { ...rootfs, stream: (layer) => streams.get(layer), [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

function isPlain(source: LayerSource): boolean {
  const start = Buffer.alloc(Math.min(16, source.size));
  guarded('read', 'layer' as ByteString, () => fs.readSync(source.file, start, 0, start.length, source.offset));
  return detectCompression(start) === 'none';
}

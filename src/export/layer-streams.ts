/** The uncompressed layers of an image as open files whose ranges can be read in any order. */
import { defaultLimits, type Limits } from '../base/index.ts';
import { host, openUnnamedFile } from '../host/index.ts';
import type { Image } from '../image/index.ts';
import { layerRange, readLayers, type StreamRange } from '../layer/index.ts';
import { layerSources, mergeLayers, type Rootfs, type RootfsOptions } from '../rootfs/index.ts';
import type { Inode } from '../tree/index.ts';

export interface StreamedRootfs extends Rootfs, Disposable {
  /** Where the stored data of a file of the tree is. */
  readonly rangeOf: (inode: Inode) => StreamRange;
}

/**
 * Verifies every layer and keeps the bytes that were verified, uncompressed, in unnamed temporary files of a directory.
 * A layer that is stored uncompressed is copied, too: where it is, somebody may change it after it was verified.
 * @throws the codes of `readLayers` and `mergeLayers`, HOST_REFUSED
 */
export async function streamRootfs(image: Image, scratch: string, options: RootfsOptions): Promise<StreamedRootfs> {
  const limits: Limits = options.limits ?? defaultLimits;
  const files = new Map<number, number>();
  const dispose = (): void => {
    for (const file of files.values()) host.close(file);
    files.clear();
  };
  try {
    options.onEvent?.({ kind: 'phase', phase: 'layers' });
    const read = await readLayers(
      layerSources(image.layers),
      (source) => {
        const file = openUnnamedFile(scratch);
        files.set(source.number, file);
        return { kind: 'stream', file };
      },
      { ...options, limits },
    );
    options.onEvent?.({ kind: 'phase', phase: 'apply' });
    const indexes = read.map(({ index }) => index);
    const rootfs = mergeLayers(image, indexes, { limits, onConflict: options.onConflict });
    const rangeOf = (inode: Inode): StreamRange => layerRange(inode, ({ layer }) => files.get(layer));
    return { ...rootfs, rangeOf, [Symbol.dispose]: dispose };
  } catch (error) {
    dispose();
    throw error;
  }
}

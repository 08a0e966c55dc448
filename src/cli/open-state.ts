import { type Image, openImage } from '../image/index.ts';
import { atLayer } from '../rootfs/index.ts';
import type { CommandContext } from './command-context.ts';
import { openOptions } from './engine-options.ts';

/** The image that a command names first, as it was after `--at-layer`. */
export async function openState(context: CommandContext): Promise<Image> {
  const image = await openImage(context.arguments[0] ?? '', openOptions(context));
  if (context.values.atLayer === undefined) return image;
  try {
    return atLayer(image, context.values.atLayer);
  } catch (error) {
    await image[Symbol.asyncDispose]();
    throw error;
  }
}

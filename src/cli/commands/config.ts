import { openImage } from '../../image/index.ts';
import type { CommandContext } from '../command-context.ts';
import { openOptions } from '../engine-options.ts';

/** `holdfast config IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output } = context;
  await using image = await openImage(context.arguments[0] ?? '', openOptions(context));
  if (values.quiet) return output.writeLines([image.manifest.config.digest]);
  await output.write(image.configBytes);
}

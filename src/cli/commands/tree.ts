import { listImage } from '../../inspect/index.ts';
import type { CommandContext } from '../command-context.ts';
import { rootfsOptions } from '../engine-options.ts';
import { treeLines } from '../format-tree.ts';
import { openState } from '../open-state.ts';

/** `holdfast tree IMAGE [PATH]` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output } = context;
  const [, path = '.'] = context.arguments;
  await using image = await openState(context);
  const listing = await listImage(image, { ...rootfsOptions(context), path, recursive: true });
  if (values.format === 'json') return output.writeJson(listing);
  await output.writeLines(treeLines(listing.path, listing.entries));
}

import { HoldfastError } from '../../base/index.ts';
import { listImage, listImageLayer } from '../../inspect/index.ts';
import type { CommandContext } from '../command-context.ts';
import { rootfsOptions } from '../engine-options.ts';
import { listingLines } from '../format-listing.ts';
import { openState } from '../open-state.ts';

/** `holdfast ls [-l] [-R] [--null] [--layer N] IMAGE [PATH]` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output } = context;
  refuseContradictions(context);
  const [, path = '.'] = context.arguments;
  await using image = await openState(context);
  const options = { ...rootfsOptions(context), path };
  const { recursive, long, null: isNull } = values;
  const listing =
    values.layer === undefined
      ? await listImage(image, { ...options, recursive, followLast: !long })
      : await listImageLayer(image, values.layer, options);
  if (values.format === 'json') return output.writeJson(listing);
  await output.writeLines(listingLines(listing.entries, { long, raw: isNull }), isNull ? '\0' : '\n');
}

function refuseContradictions({ values }: CommandContext): void {
  if (values.null && values.format === 'json') {
    throw new HoldfastError('USAGE', { message: '--null and --format json exclude each other' });
  }
  if (values.layer !== undefined && values.atLayer !== undefined) {
    const hint = '--layer shows one layer by itself, --at-layer the tree after the first layers';
    throw new HoldfastError('USAGE', { message: '--layer and --at-layer exclude each other', hint });
  }
}

import { fromJsonText } from '../../base/index.ts';
import { catFile } from '../../inspect/index.ts';
import type { CommandContext } from '../command-context.ts';
import { rootfsOptions } from '../engine-options.ts';
import { openState } from '../open-state.ts';

/** `holdfast cat IMAGE PATH` */
export async function run(context: CommandContext): Promise<void> {
  const { output } = context;
  const path = fromJsonText(context.arguments[1] ?? '');
  await using image = await openState(context);
  const take = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) await output.write(chunk);
  };
  await catFile(image, path, take, rootfsOptions(context));
}

import { openReference } from '../../image/index.ts';
import type { CommandContext } from '../command-context.ts';
import { openOptions } from '../engine-options.ts';

/** `holdfast manifest IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output } = context;
  const { digest, bytes } = await openReference(context.arguments[0] ?? '', openOptions(context));
  if (values.quiet) return output.writeLines([digest]);
  await output.write(bytes);
}

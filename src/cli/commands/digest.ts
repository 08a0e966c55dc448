import { openReference } from '../../image/index.ts';
import type { CommandContext } from '../command-context.ts';
import { openOptions } from '../engine-options.ts';

/** `holdfast digest IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output } = context;
  const named = await openReference(context.arguments[0] ?? '', openOptions(context));
  const { reference, digest, mediaType, bytes } = named;
  if (values.format === 'json') return output.writeJson({ reference, digest, mediaType, size: bytes.length });
  await output.writeLines([digest]);
}

import { escapeText } from '../../base/index.ts';
import { deleteImage } from '../../transfer/index.ts';
import type { CommandContext } from '../command-context.ts';
import { networkUse } from '../network-use.ts';

/** `holdfast delete IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, signal, onEvent } = context;
  const [reference = ''] = context.arguments;
  await deleteImage(reference, { signal, onEvent, network: networkUse(context) });
  if (values.format === 'json') return output.writeJson({ deleted: reference });
  if (!values.quiet) await output.writeLines([`deleted ${escapeText(reference)}`]);
}

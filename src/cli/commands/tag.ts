import { escapeText } from '../../base/index.ts';
import { tagImage } from '../../transfer/index.ts';
import type { CommandContext } from '../command-context.ts';
import { networkUse } from '../network-use.ts';

/** `holdfast tag IMAGE TAG` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, signal, onEvent } = context;
  const [reference = '', tag = ''] = context.arguments;
  const network = networkUse({ ...context, arguments: [reference] });
  const result = await tagImage(reference, tag, { signal, onEvent, network });
  if (values.format === 'json') return output.writeJson(result);
  await output.writeLines(values.quiet ? [result.digest] : [`${escapeText(result.reference)} is ${result.digest}`]);
}

import { escapeText } from '../../base/index.ts';
import { listTags } from '../../transfer/index.ts';
import type { CommandContext } from '../command-context.ts';
import { networkUse } from '../network-use.ts';

/** `holdfast tags NAME` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, signal, onEvent } = context;
  const [name = ''] = context.arguments;
  const tags: string[] = [];
  for await (const tag of listTags(name, { signal, onEvent, network: networkUse(context) })) {
    if (values.format === 'json') tags.push(tag);
    else await output.writeLines([escapeText(tag)]);
  }
  if (values.format === 'json') await output.writeJson({ name, tags });
}

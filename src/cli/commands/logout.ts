import { escapeText } from '../../base/index.ts';
import { logOut, registryHost } from '../../transfer/index.ts';
import type { CommandContext } from '../command-context.ts';
import { networkUse } from '../network-use.ts';

/** `holdfast logout [HOST]` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, say } = context;
  const host = registryHost(context.arguments[0] ?? 'docker.io');
  const result = await logOut(host, { network: networkUse(context, [host]) });
  if (values.format === 'json') return output.writeJson(result);
  if (values.quiet) return;
  const { registry, removedFrom } = result;
  const from = removedFrom.map(escapeText).join(' and ');
  const whose = `credentials for ${escapeText(registry)}`;
  await output.writeLines([removedFrom.length === 0 ? `there were no ${whose}` : `removed the ${whose} from ${from}`]);
  for (const file of result.stillIn) say(`note: there still are some in ${escapeText(file)}`);
}

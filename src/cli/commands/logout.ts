import { escapeText } from '../../base/index.ts';
import { logOut } from '../../transfer/index.ts';
import type { CommandContext } from '../command-context.ts';
import { networkUse } from '../network-use.ts';

/** `holdfast logout [HOST]` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, say } = context;
  const [host = 'docker.io'] = context.arguments;
  const result = await logOut(host, { network: networkUse(context, [host]) });
  if (values.format === 'json') return output.writeJson(result);
  if (values.quiet) return;
  const { registry, removedFrom } = result;
  const from = removedFrom.map(escapeText).join(', ');
  const said = removedFrom.length === 0 ? 'there were no credentials for' : `removed from ${from} the credentials for`;
  await output.writeLines([`${said} ${escapeText(registry)}`]);
  for (const file of result.stillIn) say(`note: there still are some in ${escapeText(file)}`);
}

import { escapeText } from '../../base/index.ts';
import { listRepositories, registryHost } from '../../transfer/index.ts';
import type { CommandContext } from '../command-context.ts';
import { networkUse } from '../network-use.ts';

/** `holdfast catalog HOST` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, signal, onEvent } = context;
  const host = registryHost(context.arguments[0] ?? '');
  const repositories: string[] = [];
  for await (const repository of listRepositories(host, { signal, onEvent, network: networkUse(context, [host]) })) {
    if (values.format === 'json') repositories.push(repository);
    else await output.writeLines([escapeText(repository)]);
  }
  if (values.format === 'json') await output.writeJson({ host, repositories });
}

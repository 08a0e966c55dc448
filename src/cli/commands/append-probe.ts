import { escapeText } from '../../base/index.ts';
import { appendProbe, type ProbeStart } from '../../append-probe/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editAndReport, editOptions, layerWriting } from '../edit-report.ts';

/** `holdfast append-probe IMAGE DST` */
export async function run(context: CommandContext): Promise<void> {
  const { withNode, asEntrypoint, format, quiet } = context.values;
  const options = { ...editOptions(context), ...layerWriting(context), withNode, asEntrypoint };
  let starts: readonly ProbeStart[] = [];
  await editAndReport(context, 'extended', async (from, to) => {
    const result = await appendProbe(from, to, options);
    ({ starts } = result);
    return result;
  });
  if (format === 'json' || quiet) return;
  for (const line of starts.flatMap((start) => startLines(start, asEntrypoint))) context.say(line);
}

function startLines({ platform, command, node, user }: ProbeStart, isEntrypoint: boolean): string[] {
  const whose = node === 'image' ? "the image's own node" : "this machine's node, which is in the layer";
  const words = command.map((word) => escapeText(word)).join(' ');
  const isRestricted = user !== undefined && !/^(?:root|0)(?::|$)/.test(user);
  return [
    `${escapeText(platform)}: the probe runs with ${whose}, and wants HOLDFAST_PROBE_TOKEN`,
    isEntrypoint ? `  it is the entrypoint: ${words}` : `  start it with: ${words} --addr 0.0.0.0:8080`,
    ...(isRestricted ? [`  as the user ${escapeText(user)} it may not see everything; run it as root if you can`] : []),
  ];
}

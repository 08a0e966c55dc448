import { escapeText, HoldfastError } from '../../base/index.ts';
import { noteFacts } from '../../inspect/index.ts';
import { snapshot } from '../../snapshot/index.ts';
import { changeCounts, omissionLines } from '../change-lines.ts';
import type { CommandContext } from '../command-context.ts';
import { comparedTree, comparingOptions, layerOutput } from '../layer-output.ts';
import { noteLines } from '../report-notes.ts';
import { count, facts, formatBytes } from '../text.ts';

/** `holdfast snapshot --base TREE ROOTFS -o LAYER.tar` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, say } = context;
  const [directory = ''] = context.arguments;
  const to = layerOutput(context);
  if (values.base === undefined || to === undefined) {
    const missing = values.base === undefined ? '--base TREE' : '-o LAYER.tar';
    const hint = 'holdfast snapshot --base TREE ROOTFS -o LAYER.tar';
    throw new HoldfastError('USAGE', { message: `${missing} is missing`, hint });
  }
  const result = await snapshot(values.base, comparedTree(context, directory), to, comparingOptions(context));
  const notes = result.notes.map(noteFacts);
  const isOnStdout = values.layerOutput === '-';
  if (values.format === 'json' && !isOnStdout) return await output.writeJson({ ...result, notes });
  if (!values.quiet) for (const line of [...noteLines(notes), ...omissionLines(result)]) say(line);
  if (isOnStdout) return;
  const { layer, filesRead } = result;
  const summary = [
    `wrote what changed in ${escapeText(directory)} into ${escapeText(values.layerOutput ?? '')}`,
    ...facts([
      ['digest', layer.digest],
      ['changes', changeCounts(result)],
      ['size', formatBytes(layer.size)],
      ['compared', `${count(filesRead, 'file')} read`],
    ]),
  ];
  await output.writeLines(values.quiet ? [layer.digest] : summary);
}

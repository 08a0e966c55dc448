import { escapeText } from '../../base/index.ts';
import { noteFacts } from '../../inspect/index.ts';
import { diffReferences } from '../../snapshot/index.ts';
import { changeCounts, changeLines, notComparedLines, omissionLines } from '../change-lines.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandOutcome } from '../command-spec.ts';
import { comparedTree, comparingOptions, layerOutput } from '../layer-output.ts';
import { noteLines } from '../report-notes.ts';
import { facts, formatBytes } from '../text.ts';

/** `holdfast diff A B [-o LAYER.tar]` */
export async function run(context: CommandContext): Promise<CommandOutcome> {
  const { values, output, say } = context;
  const [base = '', target = ''] = context.arguments;
  const result = await diffReferences(base, comparedTree(context, target), {
    ...comparingOptions(context),
    output: layerOutput(context),
  });
  const notes = result.notes.map(noteFacts);
  const { layer } = result;
  const findings = result.isEmpty || layer !== undefined ? undefined : 'findings';
  const isOnStdout = values.layerOutput === '-';
  if (values.format === 'json' && !isOnStdout) {
    await output.writeJson({ ...result, notes });
    return findings;
  }
  if (!values.quiet)
    for (const line of [...noteLines(notes), ...notComparedLines(result), ...omissionLines(result)]) say(line);
  if (isOnStdout) return findings;
  if (layer === undefined) {
    if (!values.quiet) await output.writeLines(changeLines(result));
    return findings;
  }
  const summary = [
    `wrote what changed from ${escapeText(base)} to ${escapeText(target)} into ${escapeText(values.layerOutput ?? '')}`,
    ...facts([
      ['digest', layer.digest],
      ['changes', changeCounts(result)],
      ['size', formatBytes(layer.size)],
    ]),
  ];
  await output.writeLines(values.quiet ? [layer.digest] : summary);
  return findings;
}

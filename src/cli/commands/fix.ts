import { escapeText } from '../../base/index.ts';
import { fixImage } from '../../fix/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editOptions, layerWriting, reportEdit } from '../edit-report.ts';
import { fixLines } from '../fix-lines.ts';

/** `holdfast fix IMAGE DST` */
export async function run(context: CommandContext): Promise<void> {
  const { values } = context;
  const [from = '', to = ''] = context.arguments;
  const { fixRules: rules, accept, fixDryRun: dryRun } = values;
  const delink = values.delinkAs ?? (values.delink ? 'symlink' : undefined);
  const { created, history, ...editing } = editOptions(context);
  void [created, history];
  const options = { ...editing, ...layerWriting(context), rules, accept, dryRun, ...(delink && { delink }) };
  const title = `${dryRun ? 'would write' : 'repaired'} ${escapeText(from)}`;
  await reportEdit(context, { title, more: fixLines }, to, () => fixImage(from, to, options));
}

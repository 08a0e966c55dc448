import { escapeText, HoldfastError } from '../../base/index.ts';
import { mergeReferences } from '../../merge/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editOptions, layerWriting, reportEdit } from '../edit-report.ts';

/** `holdfast merge TREE… --to DST` */
export async function run(context: CommandContext): Promise<void> {
  const { to, mergeOnConflict: onConflict } = context.values;
  if (to === undefined) {
    throw new HoldfastError('USAGE', { message: '--to DST is missing', hint: 'holdfast merge TREE… --to DST' });
  }
  const inputs = context.arguments;
  const options = { ...editOptions(context), ...layerWriting(context), onConflict };
  const title = `merged ${inputs.map(escapeText).join(', ')}`;
  await reportEdit(context, title, to, () => mergeReferences(inputs, to, options));
}

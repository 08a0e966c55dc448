import { flattenImage } from '../../edit/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editAndReport, editOptions, layerWriting } from '../edit-report.ts';

/** `holdfast flatten IMAGE DST` */
export async function run(context: CommandContext): Promise<void> {
  const { fromLayer, last } = context.values;
  const options = {
    ...editOptions(context),
    ...layerWriting(context),
    ...(fromLayer === undefined ? {} : { fromLayer }),
    ...(last === undefined ? {} : { last }),
  };
  await editAndReport(context, 'flattened', (from, to) => flattenImage(from, to, options));
}

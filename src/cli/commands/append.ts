import { appendLayers } from '../../edit/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editAndReport, editOptions, layerWriting } from '../edit-report.ts';

/** `holdfast append IMAGE DST` */
export async function run(context: CommandContext): Promise<void> {
  const { layerPaths, setBaseImageAnnotations: setBaseAnnotations } = context.values;
  const options = { ...editOptions(context), ...layerWriting(context), layerPaths, setBaseAnnotations };
  await editAndReport(context, 'extended', (from, to) => appendLayers(from, to, options));
}

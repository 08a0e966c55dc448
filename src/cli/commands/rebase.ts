import { rebaseImage } from '../../edit/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editAndReport, editOptions } from '../edit-report.ts';

/** `holdfast rebase IMAGE DST` */
export async function run(context: CommandContext): Promise<void> {
  const { oldBase, newBase } = context.values;
  const options = {
    ...editOptions(context),
    ...(oldBase === undefined ? {} : { oldBase }),
    ...(newBase === undefined ? {} : { newBase }),
  };
  await editAndReport(context, 'rebased', (from, to) => rebaseImage(from, to, options));
}

import { rebaseImage } from '../../edit/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editAndReport, editOptions } from '../edit-report.ts';

/** `holdfast rebase IMAGE DST` */
export async function run(context: CommandContext): Promise<void> {
  const { oldBase, newBase } = context.values;
  const bases = [oldBase, newBase].filter((base) => base !== undefined);
  const options = {
    // The bases, too, are named by the command line.
    ...editOptions({ ...context, arguments: [...context.arguments, ...bases] }),
    ...(oldBase === undefined ? {} : { oldBase }),
    ...(newBase === undefined ? {} : { newBase }),
  };
  await editAndReport(context, 'rebased', (from, to) => rebaseImage(from, to, options));
}

import { HoldfastError } from '../../base/index.ts';
import { commit } from '../../commit/index.ts';
import { changeCounts, omissionLines } from '../change-lines.ts';
import type { CommandContext } from '../command-context.ts';
import { editAndReport, editOptions } from '../edit-report.ts';
import { comparedTree, comparingOptions } from '../layer-output.ts';

/** `holdfast commit --base IMAGE ROOTFS DST` */
export async function run(context: CommandContext): Promise<void> {
  const { values, say } = context;
  const [directory = '', to = ''] = context.arguments;
  const { base, compression = 'gzip', setBaseImageAnnotations: setBaseAnnotations } = values;
  if (base === undefined) {
    const hint = 'holdfast commit --base IMAGE ROOTFS DST';
    throw new HoldfastError('USAGE', { message: '--base IMAGE is missing', hint });
  }
  const { platforms, all, keepAttestations, limits, ...edit } = editOptions(context);
  void [platforms, all, keepAttestations, limits];
  const options = { ...comparingOptions(context), ...edit, compression, setBaseAnnotations };
  await editAndReport({ ...context, arguments: [base, to] }, 'committed', async () => {
    const result = await commit(base, comparedTree(context, directory), to, options);
    if (!values.quiet) for (const line of omissionLines(result)) say(line);
    if (!values.quiet) say(`changes: ${changeCounts(result)}`);
    return result;
  });
}

import { HoldfastError } from '../../base/index.ts';
import { copyPaths, type CopyPathsResult, type CopyPlanReport } from '../../cp/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editAndReport, editOptions, layerWriting } from '../edit-report.ts';

/** `holdfast cp --from TREE --into IMAGE --to DST SOURCE… DEST` */
export async function run(context: CommandContext): Promise<void> {
  const { values, say } = context;
  const from = required(values.from, '--from TREE');
  const into = required(values.into, '--into IMAGE');
  const to = required(values.to, '--to DST');
  const { copyOnConflict: onConflict, clear, exclude, parents, chown, chmod, atLayer, hostXattrs } = values;
  const options = {
    ...editOptions(context),
    ...layerWriting(context),
    ...{ sources: context.arguments.slice(0, -1), dest: context.arguments.at(-1) ?? '' },
    ...{ onConflict, clear, exclude, parents, hostXattrs, setBaseAnnotations: values.setBaseImageAnnotations },
    ...(chown === undefined ? {} : { chown }),
    ...(chmod === undefined ? {} : { chmod }),
    ...(atLayer === undefined ? {} : { atLayer }),
  };
  await editAndReport({ ...context, arguments: [into, to] }, 'copied into', async () => {
    const result = await copyPaths(from, into, to, options);
    if (!values.quiet) for (const line of planLines(result)) say(line);
    return result;
  });
}

function required(value: string | undefined, option: string): string {
  if (value !== undefined) return value;
  const hint = 'holdfast cp --from TREE --into IMAGE --to DST SOURCE… DEST';
  throw new HoldfastError('USAGE', { message: `${option} is missing`, hint });
}

const executions: Readonly<Record<CopyPlanReport['execution'], string>> = {
  reuse: 'the layers of the source serve as they are',
  merge: 'as a merge: the layer would be the same on any image with the same directories there',
  copy: 'as a layer of what changed',
  nothing: 'nothing had to be written',
};

function planLines({ images }: CopyPathsResult): string[] {
  return images.map(({ plan }) => `${plan.dest}: ${executions[plan.execution]}`);
}

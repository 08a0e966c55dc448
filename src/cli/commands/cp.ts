import { escapeText, HoldfastError } from '../../base/index.ts';
import { copyPaths, type CopyPathsOptions, type CopyPathsResult, type CopyPlanReport } from '../../cp/index.ts';
import type { CommandContext } from '../command-context.ts';
import { editOptions, layerWriting, reportEdit } from '../edit-report.ts';
import { facts } from '../text.ts';

/** `holdfast cp --from TREE --into IMAGE --to DST SOURCE… DEST` */
export async function run(context: CommandContext): Promise<void> {
  const from = required(context.values.from, '--from TREE');
  const into = required(context.values.into, '--into IMAGE');
  const to = required(context.values.to, '--to DST');
  const options = { ...copyOptions(context), ...editOptions(context) };
  const title = `copied ${shownSources(options)} from ${escapeText(from)} onto ${escapeText(into)}`;
  await reportEdit(context, { title, more: planLines }, to, () => copyPaths(from, into, to, options));
}

function required(value: string | undefined, option: string): string {
  if (value !== undefined) return value;
  const hint = 'holdfast cp --from TREE --into IMAGE --to DST SOURCE… DEST';
  throw new HoldfastError('USAGE', { message: `${option} is missing`, hint });
}

function copyOptions(context: CommandContext): CopyPathsOptions {
  const { values, arguments: paths } = context;
  const { clear, copyExclude: exclude, parents, hostXattrs, chown, chmod, atLayer } = values;
  return {
    ...layerWriting(context),
    sources: paths.slice(0, -1),
    dest: paths.at(-1) ?? '',
    onConflict: values.copyOnConflict,
    setBaseAnnotations: values.setBaseImageAnnotations,
    clear,
    exclude,
    parents,
    hostXattrs,
    ...(chown === undefined ? {} : { chown }),
    ...(chmod === undefined ? {} : { chmod }),
    ...(atLayer === undefined ? {} : { atLayer }),
  };
}

const shownPaths = 3;

function shownSources({ sources }: CopyPathsOptions): string {
  const shown = sources.slice(0, shownPaths).map(escapeText).join(', ');
  return sources.length > shownPaths ? `${shown} and ${sources.length - shownPaths} more` : shown;
}

const executions: Readonly<Record<CopyPlanReport['execution'], string>> = {
  reuse: "reuse: the source's layers serve as they are",
  merge: 'merge: the new layer serves on any image with the same directories there',
  copy: 'copy: the new layer is what changed',
  nothing: 'nothing had to be written',
};

/** The same for every image of an index more often than not. */
function planLines({ images }: CopyPathsResult): string[] {
  const plans = new Set(
    images.flatMap(({ plan }) =>
      facts([
        ['location', placedAt(plan)],
        ['plan', executions[plan.execution]],
      ]),
    ),
  );
  return [...plans];
}

function placedAt({ dest, facts: found }: CopyPlanReport): string {
  const links = found.filter(({ done }) => done === 'followed');
  const shown = links.slice(0, shownPaths).map(({ path, linkTarget = '' }) => `${path} -> ${linkTarget}`);
  return escapeText([dest, ...shown].join(', through '));
}

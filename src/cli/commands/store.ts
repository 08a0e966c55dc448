import { escapeText, HoldfastError } from '../../base/index.ts';
import {
  checkStore,
  collectGarbage,
  type LayoutStore,
  openLocalStore,
  type StoredImage,
  storeReport,
} from '../../store/index.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandOutcome } from '../command-spec.ts';
import { count, formatBytes } from '../text.ts';

type Action = (store: LayoutStore, context: CommandContext) => Promise<CommandOutcome>;

/** `holdfast store ls|gc|fsck` */
export async function run(context: CommandContext): Promise<CommandOutcome> {
  const [action = ''] = context.arguments;
  const act = new Map<string, Action>([
    ['ls', list],
    ['gc', collect],
    ['fsck', check],
  ]).get(action);
  if (act === undefined) {
    throw new HoldfastError('USAGE', { message: `store cannot ${escapeText(action)}`, hint: 'it can ls, gc and fsck' });
  }
  using store = openLocalStore(context.io.env);
  return await act(store, context);
}

async function list(store: LayoutStore, { values, output }: CommandContext): Promise<void> {
  const report = storeReport(store);
  if (values.format === 'json') return output.writeJson(report);
  if (values.quiet) return output.writeLines(report.images.map(({ digest }) => digest));
  await output.writeLines(report.images.map(imageLine));
  const { blobs, partials, directory } = report;
  const arriving = partials.length === 0 ? '' : `, ${count(partials.length, 'transfer')} begun`;
  const total = `${count(blobs.count, 'blob')}, ${formatBytes(blobs.bytes)}`;
  await output.writeLines([`${escapeText(directory)}: ${count(report.images.length, 'image')}, ${total}${arriving}`]);
}

function imageLine({ name, digest, size, complete, lastUsed }: StoredImage): string {
  const used = lastUsed === undefined ? '' : `  used ${new Date(Number(lastUsed) * 1000).toISOString().slice(0, 10)}`;
  const state = complete ? '' : '  (in part)';
  return `${name === undefined ? '(no name)' : escapeText(name)}  ${digest}  ${formatBytes(size)}${used}${state}`;
}

async function collect(store: LayoutStore, { values, output, signal }: CommandContext): Promise<void> {
  const { unusedFor, dryRun } = values;
  const report = await collectGarbage(store, { unusedForDays: unusedFor, dryRun, signal });
  if (values.format === 'json') return output.writeJson(report);
  const { images, blobs, partials, freedBytes } = report;
  const lines = images.map(({ name, digest }) => `image ${name === undefined ? digest : escapeText(name)}`);
  const parts = [count(images.length, 'image'), count(blobs.length, 'blob'), count(partials.length, 'begun transfer')];
  const said = `${dryRun ? 'would remove' : 'removed'} ${parts.join(', ')}: ${formatBytes(freedBytes)}`;
  await output.writeLines(values.quiet ? [] : [...lines, said]);
}

async function check(store: LayoutStore, { values, output, signal }: CommandContext): Promise<CommandOutcome> {
  const result = await checkStore(store, { repair: values.repair, signal });
  const findings = result.ok ? undefined : 'findings';
  if (values.format === 'json') {
    await output.writeJson(result);
    return findings;
  }
  const lines = result.problems.map(({ severity, text, repaired }) => {
    return `${severity}: ${escapeText(text)}${repaired === true ? ' (removed)' : ''}`;
  });
  const { blobs, problems, directory } = result;
  const errors = problems.filter(({ severity, repaired }) => severity === 'error' && repaired !== true);
  const verdict = result.ok ? 'all is well' : count(errors.length, 'error');
  const total = `${count(blobs.count, 'blob')}, ${formatBytes(blobs.bytes)}`;
  await output.writeLines(values.quiet ? lines : [...lines, `${escapeText(directory)}: ${total}, ${verdict}`]);
  return findings;
}

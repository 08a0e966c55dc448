import { escapeText, HoldfastError, quoteText, shortDigest } from '../../base/index.ts';
import {
  checkStore,
  collectGarbage,
  type GarbageReport,
  type LayoutStore,
  openLocalStore,
  type StoredImage,
  storeReport,
} from '../../store/index.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandOutcome } from '../command-spec.ts';
import { columns, count, formatBytes } from '../text.ts';

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
    throw new HoldfastError('USAGE', { message: `${quoteText(action)} is not one of ls, gc, fsck` });
  }
  using store = openLocalStore(context.io.env);
  return await act(store, context);
}

async function list(store: LayoutStore, { values, output }: CommandContext): Promise<void> {
  const report = storeReport(store);
  if (values.format === 'json') return output.writeJson(report);
  if (values.quiet) return output.writeLines(report.images.map(({ digest }) => digest));
  await output.writeLines(columns(report.images.map(imageRow)));
  const { blobs, partials, directory } = report;
  const arrived = partials.reduce((sum, { bytes }) => sum + bytes, 0);
  const arriving =
    partials.length === 0 ? '' : `, ${count(partials.length, 'transfer')} begun (${formatBytes(arrived)})`;
  const total = `${count(blobs.count, 'blob')}, ${formatBytes(blobs.bytes)}`;
  await output.writeLines([`${escapeText(directory)}: ${count(report.images.length, 'image')}, ${total}${arriving}`]);
}

function imageRow({ name, digest, size, complete, lastUsed }: StoredImage): string[] {
  const used = lastUsed === undefined ? '' : `used ${new Date(Number(lastUsed) * 1000).toISOString().slice(0, 10)}`;
  const shown = name === undefined ? '(no name)' : escapeText(name);
  return [shortDigest(digest), formatBytes(size), used, complete ? shown : `${shown} (in part)`];
}

async function collect(store: LayoutStore, { values, output, signal }: CommandContext): Promise<void> {
  const { unusedFor, dryRun } = values;
  const report = await collectGarbage(store, { unusedForDays: unusedFor, dryRun, signal });
  if (values.format === 'json') return output.writeJson(report);
  if (values.quiet) return;
  const lines = report.images.map(({ name, digest }) => `image ${name === undefined ? digest : escapeText(name)}`);
  await output.writeLines([...lines, garbageSummary(report)]);
}

function garbageSummary({ images, blobs, partials, freedBytes, dryRun }: GarbageReport): string {
  const parts = [
    [images.length, 'image'],
    [blobs.length, 'blob'],
    [partials.length, 'begun transfer'],
  ] as const;
  const some = parts.filter(([number]) => number > 0).map(([number, what]) => count(number, what));
  if (some.length === 0) return 'there is nothing to remove';
  return `${dryRun ? 'would remove' : 'removed'} ${some.join(', ')}: ${formatBytes(freedBytes)}`;
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

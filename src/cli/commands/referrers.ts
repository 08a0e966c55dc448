import { escapeText } from '../../base/index.ts';
import { listReferrers, type ReferrerFacts } from '../../transfer/index.ts';
import type { CommandContext } from '../command-context.ts';
import { openOptions } from '../engine-options.ts';
import { columns, formatBytes } from '../text.ts';

/** `holdfast referrers IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, say } = context;
  const [reference = ''] = context.arguments;
  const report = await listReferrers(reference, { ...openOptions(context), artifactType: values.artifactType });
  if (values.format === 'json') return output.writeJson(report);
  if (report.referrers.length === 0) say(`note: nothing refers to ${report.subject}`);
  const lines = values.quiet ? report.referrers.map(({ digest }) => digest) : columns(report.referrers.map(rowOf));
  await output.writeLines(lines);
}

function rowOf({ digest, size, artifactType, mediaType }: ReferrerFacts): string[] {
  return [digest, escapeText(artifactType ?? mediaType), formatBytes(size)];
}

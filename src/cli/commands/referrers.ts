import { escapeText } from '../../base/index.ts';
import { listReferrers, type ReferrerFacts } from '../../transfer/index.ts';
import type { CommandContext } from '../command-context.ts';
import { openOptions } from '../engine-options.ts';
import { formatBytes } from '../text.ts';

/** `holdfast referrers IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output } = context;
  const [reference = ''] = context.arguments;
  const report = await listReferrers(reference, { ...openOptions(context), artifactType: values.artifactType });
  if (values.format === 'json') return output.writeJson(report);
  const lines = values.quiet ? report.referrers.map(({ digest }) => digest) : report.referrers.map(lineOf);
  await output.writeLines(lines);
}

function lineOf({ digest, size, artifactType, mediaType }: ReferrerFacts): string {
  return `${digest}  ${escapeText(artifactType ?? mediaType)}  ${formatBytes(size)}`;
}

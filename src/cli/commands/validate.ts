import { escapeText } from '../../base/index.ts';
import { validate, type ValidationReport } from '../../inspect/index.ts';
import type { CommandContext } from '../command-context.ts';
import { openOptions, rootfsOptions } from '../engine-options.ts';
import { noteLines } from '../report-notes.ts';
import { count, formatBytes } from '../text.ts';

/** `holdfast validate IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, say } = context;
  const { platform, stdin, network } = openOptions(context);
  const options = { ...rootfsOptions(context), platform, stdin, network };
  const report = await validate(context.arguments[0] ?? '', options);
  if (values.format === 'json') return output.writeJson(report);
  if (values.quiet) return output.writeLines([report.digest]);
  for (const { notes } of report.images) for (const line of noteLines(notes)) say(line);
  await output.writeLines(summary(report));
}

function* summary(report: ValidationReport): Generator<string> {
  for (const { digest, platform, layers } of report.images) {
    yield `image ${digest}  ${escapeText(platform)}`;
    for (const layer of layers) {
      const size = `${formatBytes(layer.size)}, ${formatBytes(layer.uncompressedSize)} uncompressed`;
      yield `  layer ${layer.number}  ${layer.digest}  ${size}, ${count(layer.entries, 'entry', 'entries')}`;
    }
  }
  for (const { digest, mediaType } of report.artifacts) yield `artifact ${digest}  ${escapeText(mediaType)}`;
  yield `valid: ${report.digest}`;
}

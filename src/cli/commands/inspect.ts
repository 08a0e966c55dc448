import { escapeText } from '../../base/index.ts';
import { openImage } from '../../image/index.ts';
import { type ImageReport, inspectImage } from '../../inspect/index.ts';
import type { CommandContext } from '../command-context.ts';
import { openOptions } from '../engine-options.ts';
import { noteLines } from '../report-notes.ts';
import { facts, formatBytes } from '../text.ts';

/** `holdfast inspect IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, say } = context;
  await using image = await openImage(context.arguments[0] ?? '', openOptions(context));
  const report = inspectImage(image);
  if (values.format === 'json') return output.writeJson(report);
  if (values.quiet) return output.writeLines([report.digest]);
  for (const line of noteLines(report.notes)) say(line);
  await output.writeLines(summary(report));
}

function summary(report: ImageReport): string[] {
  return [
    ...facts([
      ['reference', escapeText(report.reference)],
      ['digest', report.digest],
      ['media type', report.mediaType],
      ['config', report.configDigest],
      ['platform', escapeText(report.platform)],
      ['created', shown(report.created)],
      ['author', shown(report.author)],
      ['size', `${formatBytes(report.size)} as stored`],
      ['user', shown(report.user)],
      ['entrypoint', list(report.entrypoint)],
      ['cmd', list(report.cmd)],
      ['workdir', shown(report.workdir)],
      ['ports', report.exposedPorts?.map(escapeText).join(' ')],
      ['volumes', report.volumes?.map(escapeText).join(' ')],
      ['stop signal', shown(report.stopSignal)],
    ]),
    ...section('env', report.env ?? []),
    ...section('labels', pairs(report.labels)),
    ...section('annotations', pairs(report.annotations)),
    'layers',
    ...report.layers.map(
      ({ number, digest, diffId, size }) => `  ${number}  ${digest}  ${formatBytes(size)}, DiffID ${diffId}`,
    ),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${escapeText(line)}`)];
}

function pairs(map: Readonly<Record<string, string>> | undefined): string[] {
  return Object.entries(map ?? {}).map(([name, value]) => `${name}=${value}`);
}

function list(words: readonly string[] | undefined): string | undefined {
  return words && escapeText(JSON.stringify(words));
}

function shown(text: string | undefined): string | undefined {
  return text && escapeText(text);
}

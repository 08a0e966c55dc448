import { escapeText, HoldfastError } from '../../base/index.ts';
import { type ExportOptions, type ExportResult, exportTo, exportToFile } from '../../export/index.ts';
import type { Image } from '../../image/index.ts';
import { noteFacts } from '../../inspect/index.ts';
import type { CommandContext } from '../command-context.ts';
import { rootfsOptions, selection } from '../engine-options.ts';
import { openState } from '../open-state.ts';
import { noteLines } from '../report-notes.ts';
import { facts, formatBytes } from '../text.ts';

/** `holdfast export IMAGE [-o FILE]` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, say } = context;
  const file = values.output === '-' ? undefined : values.output;
  if (file === undefined && output.isTerminal) throw new HoldfastError('TERMINAL_REFUSED', { output: 'a tar archive' });
  await using image = await openState(context);
  const options = { ...rootfsOptions(context), ...selection(context) };
  if (file === undefined) {
    const { notes } = await toStdout(image, context, options);
    for (const line of noteLines(notes.map(noteFacts))) say(line);
    return;
  }
  const result = await exportToFile(image, file, options);
  const notes = result.notes.map(noteFacts);
  if (values.format === 'json') return output.writeJson({ file, ...result, notes });
  for (const line of noteLines(notes)) say(line);
  await output.writeLines(values.quiet ? [escapeText(file)] : summary(file, result));
}

function toStdout(image: Image, { output }: CommandContext, options: ExportOptions): Promise<ExportResult> {
  const take = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
    for await (const chunk of chunks) await output.write(chunk);
  };
  return exportTo(image, take, options);
}

function summary(file: string, result: ExportResult): string[] {
  return [
    `exported ${escapeText(result.reference)} to ${escapeText(file)}`,
    ...facts([
      ['digest', result.digest],
      ['size', formatBytes(result.size)],
    ]),
  ];
}

import { HoldfastError } from '../../base/index.ts';
import { copyImage, type Place } from '../../transfer/index.ts';
import type { CommandContext } from '../command-context.ts';
import { copyOptions } from '../copy-options.ts';
import { copySummary } from '../copy-report.ts';

/** `holdfast copy SRC DST` */
export async function run(context: CommandContext): Promise<void> {
  const [source = '', destination = ''] = context.arguments;
  await copyAndReport(context, source, destination);
}

/**
 * Copies, and says so where that does not get in the way of the image itself.
 * @param title see {@link copySummary}
 */
export async function copyAndReport(
  context: CommandContext,
  ...[source, destination, title]: readonly [source: string | Place, destination: string | Place, title?: string]
): Promise<void> {
  const { values, output, say } = context;
  const toStdout = typeof destination === 'string' && /^(?:oci|docker)-archive:-(?::|$)/.test(destination);
  if (toStdout && output.isTerminal) {
    const hint = 'redirect stdout, or name a file instead of -';
    throw new HoldfastError('TERMINAL_REFUSED', { output: 'an image archive', hint });
  }
  const result = await copyImage(source, destination, copyOptions(context));
  const lines = copySummary(result, title);
  if (toStdout) return lines.forEach((line) => say(line));
  if (values.format === 'json') return output.writeJson(result);
  await output.writeLines(values.quiet ? [result.digest] : lines);
}

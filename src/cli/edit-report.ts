/** What an edit takes from the command line, and what it tells. */
import { escapeText, HoldfastError } from '../base/index.ts';
import type { EditedImage, EditOptions, EditResult, LayerWriting } from '../edit/index.ts';
import { noteFacts } from '../inspect/index.ts';
import type { CommandContext } from './command-context.ts';
import { copyOptions } from './copy-options.ts';
import { blobSummary } from './copy-report.ts';
import { noteLines } from './report-notes.ts';
import { count, facts } from './text.ts';

/** @throws USAGE for a SOURCE_DATE_EPOCH that is no time */
export function editOptions(context: CommandContext): EditOptions {
  const { keepAttestations, history } = context.values;
  const created = context.values.created ?? sourceDate(context.io.env['SOURCE_DATE_EPOCH']);
  return {
    ...copyOptions(context),
    keepAttestations,
    ...(created === undefined ? {} : { created }),
    ...(history === undefined ? {} : { history }),
  };
}

export function layerWriting({ values: { compression, compressionLevel } }: CommandContext): LayerWriting {
  return {
    ...(compression === undefined ? {} : { compression }),
    ...(compressionLevel === undefined ? {} : { compressionLevel }),
  };
}

/** What every result of an edit tells. */
type Told = Omit<EditResult, 'source' | 'sourceDigest' | 'images'> & {
  readonly images: readonly Omit<EditedImage, 'sourceDigest'>[];
};

/**
 * Runs an edit from one reference to another, and says so.
 * @param verb such as "mutated"
 */
export async function editAndReport(
  context: CommandContext,
  verb: string,
  edit: (from: string, to: string) => Promise<EditResult>,
): Promise<void> {
  const [from = '', to = ''] = context.arguments;
  await reportEdit(context, `${verb} ${escapeText(from)}`, to, () => edit(from, to));
}

/** What was done, up to where it went, and what else there is to tell. */
export interface Telling<Result> {
  readonly title: string;
  readonly more: (result: Result) => Iterable<string>;
}

/**
 * Runs what makes an image, and says so where that does not get in the way of the image itself.
 * @param telling a title where there is nothing more to tell
 */
export async function reportEdit<Result extends Told>(
  { values, output, say }: CommandContext,
  telling: string | Telling<Result>,
  to: string,
  edit: () => Promise<Result>,
): Promise<void> {
  const isOnStdout = /^(?:oci|docker)-archive:-(?::|$)/.test(to);
  if (isOnStdout && output.isTerminal) {
    const hint = 'redirect stdout, or name a file instead of -';
    throw new HoldfastError('TERMINAL_REFUSED', { output: 'an image archive', hint });
  }
  const result = await edit();
  const notes = result.notes.map(noteFacts);
  const { title, more } = typeof telling === 'string' ? { title: telling, more: () => [] } : telling;
  const lines = [...summary(result, title), ...more(result)];
  if (isOnStdout) return [...noteLines(notes), ...lines].forEach((line) => say(line));
  if (values.format === 'json') return output.writeJson({ ...result, notes });
  for (const line of noteLines(notes)) say(line);
  await output.writeLines(values.quiet ? [result.digest] : lines);
}

function summary({ destination, digest, changed, images, blobs }: Told, title: string): string[] {
  const [first] = images;
  const isOne = images.length === 1 && first !== undefined;
  return [
    `${title} into ${escapeText(destination)}`,
    ...facts([
      ['digest', digest],
      ['but', changed],
      ['platform', isOne ? escapeText(first.platform) : undefined],
      ['layers', isOne ? String(first.layers.length) : undefined],
      ...images.map((image) => ['image', isOne ? undefined : escapeText(describe(image))] as const),
      ['blobs', blobSummary(blobs)],
    ]),
  ];
}

function describe({ platform, digest, layers }: Told['images'][number]): string {
  return `${platform} ${digest}, ${count(layers.length, 'layer')}`;
}

/** Seconds since 1970, as reproducible-builds.org has it. */
function sourceDate(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  const time = /^\d{1,12}$/.test(text) ? new Date(Number(text) * 1000) : undefined;
  if (time !== undefined && time.getTime() <= lastTime) return time.toISOString().replace('.000Z', 'Z');
  throw new HoldfastError('USAGE', {
    message: `SOURCE_DATE_EPOCH: ${JSON.stringify(text)} is not a number of seconds`,
  });
}

/** The end of the year 9999, beyond which RFC 3339 has no times. */
const lastTime = Date.UTC(10_000, 0, 1) - 1;

import { noteFacts } from '../../inspect/index.ts';
import { verify } from '../../verify/index.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandOutcome } from '../command-spec.ts';
import { openOptions, rootfsOptions } from '../engine-options.ts';
import { noteLines } from '../report-notes.ts';
import { verifyLines } from '../verify-lines.ts';

/** `holdfast verify IMAGE TREE` */
export async function run(context: CommandContext): Promise<CommandOutcome> {
  const { values, output, say } = context;
  const [image = '', tree = ''] = context.arguments;
  const { quick, compareAll, leaveOut, atLayer, hostXattrs, crossMounts, uidMap, gidMap } = values;
  const { limits, ...opening } = openOptions(context);
  const result = await verify(image, tree, {
    ...opening,
    ...rootfsOptions(context),
    ...(limits && { limits }),
    ...(atLayer === undefined ? {} : { atLayer }),
    hostXattrs,
    crossMounts,
    uidMap,
    gidMap,
    quick,
    all: compareAll,
    ignore: leaveOut,
  });
  const notes = result.notes.map(noteFacts);
  if (values.format === 'json') await output.writeJson({ ...result, notes });
  else if (!values.quiet) {
    for (const line of noteLines(notes)) say(line);
    await output.writeLines(verifyLines(result));
  }
  return result.ok ? undefined : 'findings';
}

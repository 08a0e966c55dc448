import { escapeText } from '../../base/index.ts';
import { unpack, type UnpackOptions, unpackOverlay } from '../../unpack/index.ts';
import type { CommandContext } from '../command-context.ts';
import { rootfsOptions, selection } from '../engine-options.ts';
import { openState } from '../open-state.ts';
import { lossLines, noteLines } from '../report-notes.ts';
import { count, facts } from '../text.ts';
import { type UnpackReport, unpackReport } from '../unpack-report.ts';

/** `holdfast unpack IMAGE DIR` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output, say } = context;
  const [, directory = ''] = context.arguments;
  await using image = await openState(context);
  const { allowLossy, hostXattrs, uidMap, gidMap, noRecord, overlay } = values;
  const options: UnpackOptions = {
    ...rootfsOptions(context),
    ...selection(context),
    allowLossy,
    hostXattrs,
    uidMap,
    gidMap,
    record: !noRecord,
  };
  const result = await (overlay ? unpackOverlay : unpack)(image, directory, options);
  const report = unpackReport(result);
  if (values.format === 'json') return output.writeJson(report);
  for (const line of [...noteLines(report.notes), ...lossLines(report.losses)]) say(line);
  await output.writeLines(values.quiet ? [escapeText(directory)] : summary(report));
}

function summary(report: UnpackReport): string[] {
  return [
    `unpacked ${escapeText(report.reference)} into ${escapeText(report.directory)}`,
    ...facts([
      ['digest', report.digest],
      ['platform', escapeText(report.platform)],
      ['content', `${count(report.entries, 'entry', 'entries')} from ${count(report.layers, 'layer')}`],
      ['changes', report.overlay && escapeText(report.overlay.upper)],
      ['record', report.record === undefined ? undefined : escapeText(report.record)],
      ['atomic', report.atomic ? undefined : 'no: the directory was filled in place'],
    ]),
  ];
}

import { escapeText } from '../../base/index.ts';
import { imageLinks, type LinkReport } from '../../inspect/index.ts';
import type { CommandContext } from '../command-context.ts';
import { rootfsOptions } from '../engine-options.ts';
import { openState } from '../open-state.ts';
import { count, formatBytes } from '../text.ts';

/** `holdfast links IMAGE` */
export async function run(context: CommandContext): Promise<void> {
  const { values, output } = context;
  await using image = await openState(context);
  const report = await imageLinks(image, rootfsOptions(context));
  if (values.format === 'json') return output.writeJson(report);
  await output.writeLines(linkLines(report));
}

function* linkLines({ groups, growth }: LinkReport): Generator<string> {
  for (const { paths, kind, size, layer } of groups) {
    yield `${kind}, ${formatBytes(size)}, layer ${layer}, ${count(paths.length, 'name')}:`;
    for (const path of paths) yield `  ${escapeText(path)}`;
  }
  if (groups.length === 0) yield 'no link groups';
  else yield `${count(groups.length, 'link group')}; as copies they would take ${formatBytes(growth)} more`;
}

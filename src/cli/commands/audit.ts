import fs from 'node:fs';
import { audit, type AuditResult, baselineOf, fails, findHazard, parseBaseline, sarifOf } from '../../audit/index.ts';
import { HoldfastError } from '../../base/index.ts';
import { asRefused, asUnread } from '../../host/index.ts';
import { auditLines, hazardLines } from '../audit-lines.ts';
import type { CommandContext } from '../command-context.ts';
import type { CommandOutcome } from '../command-spec.ts';
import { openOptions, rootfsOptions } from '../engine-options.ts';
import { packageVersion } from '../package-version.ts';

/** `holdfast audit IMAGE…` */
export async function run(context: CommandContext): Promise<CommandOutcome> {
  const { values, output } = context;
  if (values.explain !== undefined) return await explain(context, values.explain);
  if (context.arguments.length === 0) {
    const hint = 'name an image, or a rule with --explain; see "holdfast audit --help"';
    throw new HoldfastError('USAGE', { message: "missing required argument 'IMAGE'", hint });
  }
  const { limits, ...opening } = openOptions(context);
  const baseline = values.baseline === undefined ? undefined : parseBaseline(readText(values.baseline));
  const result = await audit(context.arguments, {
    ...opening,
    ...rootfsOptions(context),
    ...(limits && { limits }),
    ...(baseline && { baseline }),
    targets: values.target,
    content: values.content,
  });
  if (values.writeBaseline !== undefined) writeBaseline(values.writeBaseline, result);
  if (values.reportFormat === 'json') await output.writeJson(result);
  else if (values.reportFormat === 'sarif') await output.writeJson(sarifOf(result, packageVersion()));
  else if (!values.quiet) await output.writeLines(auditLines(result));
  return fails(result, values.failOn) ? 'findings' : undefined;
}

async function explain({ values, output }: CommandContext, id: string): Promise<void> {
  const hazard = findHazard(id);
  if (values.reportFormat !== 'json') return await output.writeLines(hazardLines(hazard));
  const { message: _message, find: _find, ...facts } = { message: undefined, find: undefined, ...hazard };
  await output.writeJson(facts);
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch (error) {
    throw asUnread(file, error);
  }
}

function writeBaseline(file: string, { findings }: AuditResult): void {
  try {
    fs.writeFileSync(file, `${JSON.stringify(baselineOf(findings), undefined, 1)}\n`);
  } catch (error) {
    throw asRefused('write', file, error);
  }
}

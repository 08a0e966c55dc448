import { type HiddenHazard, hazards, type Rule } from '../../src/audit/index.ts';
import { commandTable } from '../../src/cli/index.ts';
import { type TargetName, targetNames, targets } from '../../src/hazards/index.ts';
import { code, page, table } from './markdown.ts';

const notice =
  '<!-- Made by scripts/generate-hazard-docs.ts; change the rules in src/audit, then run "npm run docs". -->';

/** The pages of docs/hazards by file name: one for all, and one for each hazard. */
export function hazardPages(): ReadonlyMap<string, string> {
  const pages = hazards.map((hazard): [string, string] => [`${hazard.id}.md`, hazardPage(hazard)]);
  return new Map([['README.md', overviewPage()], ...pages]);
}

function overviewPage(): string {
  const of = (letter: string): string =>
    table(['id', 'hazard', 'severity', 'for'], hazards.filter(({ id }) => id.startsWith(letter)).map(overviewRow));
  return page([
    '# Hazards',
    notice,
    'What is known to go wrong between the programs that make images and those that run them, above all with hard links. [`holdfast audit`](../audit.md) finds where a hazard shows in an image; each has an image in the tests that has it and one that does not. Ids never change.',
    '## In images',
    'P01 to P22 were met in the field, made by the programs that are named; the others are what one reader takes otherwise than another. An **error** breaks somewhere for certain, a **warning** means something else than was meant or breaks in some programs, a **note** costs space or is good to know.',
    of('P'),
    '## In programs that read images',
    'The image is in order, and somebody still gets it wrong. These are notes, unless `--target` names who the image is for; then they are as bad as they are there.',
    of('C'),
    '## Targets',
    table(
      ['target', 'is', 'hazards'],
      targetNames.map((name) => [code(name), targets[name], hazardsOf(name)]),
    ),
  ]);
}

function overviewRow(hazard: Rule | HiddenHazard): readonly string[] {
  const severity = 'hidden' in hazard ? 'cannot be seen' : hazard.severity;
  return [link(hazard.id), hazard.title, severity, targetsOf(hazard).map(code).join(', ')];
}

function hazardPage(hazard: Rule | HiddenHazard): string {
  const { id, title, explanation, affected, remedy, sources } = hazard;
  const visible = 'hidden' in hazard ? undefined : hazard;
  return page([
    `# ${id}: ${title}`,
    notice,
    explanation,
    visible
      ? `An audit says: *N ${visible.message.many}*. Severity: **${visible.severity}**.`
      : `No audit can find it. ${'hidden' in hazard ? hazard.hidden : ''}`,
    ...(targetsOf(hazard).length > 0 ? [targetTable(visible)] : []),
    '## Programs',
    list(affected),
    '## Remedy',
    remedyText(remedy),
    '## Sources',
    list(sources.map((source) => `<${source}>`)),
    '[All hazards](README.md)',
  ]);
}

const names = commandTable.map(({ name }) => name).join('|');
const command = new RegExp(`holdfast (?:${names})\\b(?: -R| --[a-z-]+(?: (?:P\\d\\d|symlink|copy|error))?)*`, 'g');

/** A sentence, the commands in it as code. */
function remedyText(remedy: string): string {
  const text = remedy.replace(command, code);
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function targetTable(rule: Rule | undefined): string {
  const rows = Object.entries(rule?.targets ?? {}) as [TargetName, string][];
  return table(
    ['with `--target`', 'severity', 'that is'],
    rows.map(([name, severity]) => [code(name), severity, targets[name]]),
  );
}

function targetsOf(hazard: Rule | HiddenHazard): string[] {
  return 'targets' in hazard ? Object.keys(hazard.targets ?? {}) : [];
}

function hazardsOf(name: TargetName): string {
  const concerned = hazards.filter((hazard) => targetsOf(hazard).includes(name));
  return concerned.map(({ id }) => link(id)).join(', ');
}

function link(id: string): string {
  return `[${id}](${id}.md)`;
}

function list(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n');
}

/**
 * Writes docs/hostile-input.md from the table in test/hostile; with --check it compares instead and exits 1 where they
 * differ.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import type { HostileInput, HostileRow, LaterRow, Verdict } from '../test/hostile/hostile-row.ts';
import { hostileRows, laterRows } from '../test/hostile/rows.ts';

const path = new URL('../docs/hostile-input.md', import.meta.url);

const groups: Readonly<Record<string, string>> = {
  A: 'Names',
  B: 'Symbolic links and parents',
  C: 'Hard links',
  D: 'Whiteouts',
  E: 'Special files and metadata',
  F: 'The framing of tar archives',
  G: 'Compression and volume',
  H: 'Manifests, blobs, layouts and archives',
  J: 'Other processes, and the state of the target',
  R: 'What registries answer',
};

const verdicts: Readonly<Record<Verdict, string>> = {
  rejected:
    'one coded error, exit code 7 (4 to 6 for what a registry refuses or does wrong, 1 for a target that is not free); nothing is published',
  'resolved inside the root': 'it means what a container would see whose root is the tree',
  'neutralised and noted': 'there is one documented reading, and a note says that it was needed',
  limited: 'a limit that is on by default refuses it; the error names the limit and its flag',
  kept: 'it is legal, and comes out exactly',
};

/** The whole document. */
export function hostileDocument(): string {
  const inputs = hostileRows.reduce((sum, row) => sum + row.inputs.length, 0);
  return [
    '<!-- Made by scripts/generate-hostile-docs.ts from test/hostile; do not edit. -->',
    '# Hostile input',
    `Images come from strangers, and so do the answers of registries. These are the ${hostileRows.length} kinds of harmful or broken input that are known to have hurt tools which read images, in ${inputs} archives, layouts, documents and registries, and what Holdfast makes of each. The table is code (\`test/hostile\`): every input is built by it and goes through unpacking, exporting and validating, also where the layers are known from the cache.`,
    'Each time a tree outside of the target stands by, full of what the inputs aim at: it must stay the same in every byte, mode, owner, link count and time. After a refusal the target is absent and nothing is left beside it. What was exported is also unpacked by GNU tar, which trusts every name. Registries are asked by somebody who has a password for them: it never gets to another machine, nor into a message.',
    '| verdict | meaning |\n| --- | --- |\n' +
      Object.entries(verdicts)
        .map(([verdict, meaning]) => `| ${verdict} | ${meaning} |`)
        .join('\n'),
    ...Object.entries(groups).flatMap(([letter, title]) => [
      `## ${letter}. ${title}`,
      ...hostileRows.filter(({ id }) => id.startsWith(letter)).map(rowSection),
    ]),
    '## What comes later',
    'These belong to operations that Holdfast does not have yet.',
    laterTable(laterRows),
  ]
    .join('\n\n')
    .concat('\n');
}

function rowSection(row: HostileRow): string {
  const lines = [
    `- **How it is made:** ${row.structure}`,
    `- **What it does elsewhere:** ${row.consequence}`,
    `- **Here, ${row.verdict}:** ${[...outcomes(row.inputs), ...(row.alsoTested === undefined ? [] : [row.alsoTested])].join(' ')}`,
  ];
  return `### ${row.id}: ${row.title}\n\n${lines.map(escaped).join('\n')}`;
}

/** The inputs of a row, those with the same outcome in one sentence. */
function outcomes(inputs: readonly HostileInput[]): string[] {
  return [...Map.groupBy(inputs, outcomeOf)].map(
    ([outcome, same]) => `${outcome}: ${same.map(({ title }) => title).join('; ')}.`,
  );
}

function outcomeOf({ expect, onDisk, notes = [], notesOnDisk = [] }: HostileInput): string {
  const exported = 'error' in expect ? `\`${expect.error}\`` : 'the right tree';
  const refusedOnDisk = onDisk && 'error' in onDisk ? `, on disk \`${onDisk.error}\`` : '';
  const noted = [...notes, ...notesOnDisk].map((code) => `\`${code}\``).join(', ');
  const sentence = `${exported}${refusedOnDisk}${noted === '' ? '' : ` with a note (${noted})`}`;
  return sentence.replace(/^t/, 'T');
}

function laterTable(rows: readonly LaterRow[]): string {
  const lines = rows.map(
    ({ id, title, consequence, comesWith }) => `| ${id} | ${title} | ${consequence} | ${comesWith} |`,
  );
  return ['| id | what happens | what it does | comes with |', '| --- | --- | --- | --- |', ...lines]
    .map(escaped)
    .join('\n');
}

/** Characters that Markdown would take for its own, outside of code. */
function escaped(line: string): string {
  return line.replace(/(`[^`]*`)|[<>_]|(?<!^- |\*)\*(?!\*)/g, (found, code?: string) => code ?? `\\${found}`);
}

if (import.meta.main) {
  const wanted = hostileDocument();
  if (!process.argv.includes('--check')) writeFileSync(path, wanted);
  else if (readFileSync(path, 'utf8') !== wanted) {
    console.error('docs/hostile-input.md is out of date: run node scripts/generate-hostile-docs.ts');
    process.exitCode = 1;
  }
}

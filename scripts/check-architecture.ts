/**
 * The architecture check: every folder of src/ stands in the table of architecture.ts and has a face, the table has no
 * cycle, every import between folders is in it, and docs/architecture.md describes every folder.
 */
import fs from 'node:fs';
import path from 'node:path';
import { folders } from '../architecture.ts';

const source = new URL('../src/', import.meta.url).pathname;
const problems: string[] = [];

checkTable();
checkCycles();
checkImports();
checkDocument();

if (problems.length > 0) {
  console.error(problems.map((problem) => `architecture: ${problem}`).join('\n'));
  process.exitCode = 1;
} else {
  console.log(`architecture: ${Object.keys(folders).length} folders, no cycle, every import in the table`);
}

function checkTable(): void {
  const present = fs.readdirSync(source, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  for (const { name } of present) if (!(name in folders)) problems.push(`src/${name} is not in architecture.ts`);
  for (const name of Object.keys(folders)) {
    if (!fs.existsSync(path.join(source, name))) problems.push(`src/${name} does not exist`);
  }
}

function checkCycles(): void {
  const done = new Set<string>();
  const visit = (folder: string, trail: readonly string[]): void => {
    if (trail.includes(folder)) problems.push(`cycle: ${[...trail, folder].join(' -> ')}`);
    else if (!done.has(folder)) for (const next of folders[folder] ?? []) visit(next, [...trail, folder]);
    done.add(folder);
  };
  for (const folder of Object.keys(folders)) visit(folder, []);
}

function checkImports(): void {
  for (const file of fs.readdirSync(source, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('.ts')) continue;
    const [folder = ''] = file.split(path.sep);
    const text = fs.readFileSync(path.join(source, file), 'utf8');
    for (const [, specifier = ''] of text.matchAll(/from '(\.[^']+)'/g)) checkImport(file, folder, specifier);
    if (folder !== 'host' && /from 'koffi'|\('koffi'\)/.test(text)) problems.push(`src/${file} uses koffi`);
  }
}

function checkImport(file: string, folder: string, specifier: string): void {
  const target = path.relative(source, path.resolve(source, path.dirname(file), specifier));
  const [targetFolder = ''] = target.split(path.sep);
  if (!target.includes(path.sep) || targetFolder === folder || !file.includes(path.sep)) return;
  if (!folders[folder]?.includes(targetFolder)) problems.push(`src/${file} imports src/${targetFolder}`);
  if (target !== path.join(targetFolder, 'index.ts')) problems.push(`src/${file} imports past the face: ${specifier}`);
}

function checkDocument(): void {
  const document = fs.readFileSync(new URL('../docs/architecture.md', import.meta.url), 'utf8');
  for (const name of Object.keys(folders)) {
    if (!document.includes(`\`${name}\``)) problems.push(`docs/architecture.md does not describe \`${name}\``);
  }
}

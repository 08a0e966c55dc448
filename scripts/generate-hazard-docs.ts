/** Writes docs/hazards from the rules of the audit; with --check it only compares, and fails where they differ. */
import fs from 'node:fs';
import { hazardPages } from './docs/hazard-pages.ts';

const directory = new URL('../docs/hazards/', import.meta.url);
const isCheck = process.argv.includes('--check');
const pages = hazardPages();

if (!isCheck) fs.mkdirSync(directory, { recursive: true });
for (const [name, text] of pages) {
  const file = new URL(name, directory);
  const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  if (!isCheck) fs.writeFileSync(file, text);
  else if (before !== text) complain(`docs/hazards/${name} is not what the rules say`);
}
for (const name of fs.readdirSync(directory)) {
  if (pages.has(name)) continue;
  if (isCheck) complain(`docs/hazards/${name} is about no hazard`);
  else fs.rmSync(new URL(name, directory));
}

function complain(problem: string): void {
  console.error(`${problem}; run "npm run docs"`);
  process.exitCode = 1;
}

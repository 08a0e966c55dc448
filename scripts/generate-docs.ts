/**
 * Writes docs/cli.md, docs/errors.md and the tables of docs/registries.md from those of the code; with --check it only
 * compares, and fails where they differ.
 */
import fs from 'node:fs';
import { cliPage } from './docs/cli-page.ts';
import { errorsPage } from './docs/errors-page.ts';
import { quirksTable } from './docs/quirks-table.ts';
import { replacePart } from './docs/replace-part.ts';

const pages: Readonly<Record<string, (before: string) => string>> = {
  'docs/cli.md': cliPage,
  'docs/errors.md': errorsPage,
  'docs/registries.md': (before) => replacePart(before, 'quirks', quirksTable()),
};

const isCheck = process.argv.includes('--check');
for (const [path, page] of Object.entries(pages)) {
  const file = new URL(`../${path}`, import.meta.url);
  const before = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
  const text = page(before);
  if (!isCheck) fs.writeFileSync(file, text);
  else if (before !== text) {
    console.error(`${path} is not what the code says; run "npm run docs"`);
    process.exitCode = 1;
  }
}

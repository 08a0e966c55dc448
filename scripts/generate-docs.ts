/**
 * Writes docs/cli.md and docs/errors.md from the tables of the code; with --check it only compares, and fails where
 * they differ.
 */
import fs from 'node:fs';
import { cliPage } from './docs/cli-page.ts';
import { errorsPage } from './docs/errors-page.ts';

const pages: Readonly<Record<string, () => string>> = {
  'docs/cli.md': cliPage,
  'docs/errors.md': errorsPage,
};

const isCheck = process.argv.includes('--check');
for (const [path, page] of Object.entries(pages)) {
  const file = new URL(`../${path}`, import.meta.url);
  const text = page();
  if (!isCheck) fs.writeFileSync(file, text);
  else if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) {
    console.error(`${path} is not what the code says; run "npm run docs"`);
    process.exitCode = 1;
  }
}

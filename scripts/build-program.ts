/**
 * Bundles the command into few files, because opening hundreds takes longer than most commands do: `build-program.ts [DIR]`.
 * Packages stay where they are. The files of worker threads stand beside the program, which looks for them there.
 */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../', import.meta.url));
const outdir = process.argv[2] ?? path.join(root, 'dist/program');

const workers = fs
  .readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('-worker.ts'))
  .map((name) => path.join('src', name));

await build({
  absWorkingDir: root,
  entryPoints: ['src/cli/main.ts', ...workers],
  outdir,
  entryNames: '[name]',
  chunkNames: 'part-[hash]',
  bundle: true,
  splitting: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node24',
  logLevel: 'warning',
  tsconfigRaw: {},
});

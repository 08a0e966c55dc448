/** Bundles the probe into one file that runs wherever a Node of version 20 or newer is: `build-probe.ts [FILE]`. */
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = new URL('../', import.meta.url);
const outfile = process.argv[2] ?? fileURLToPath(new URL('dist/probe/standalone.js', root));

await build({
  absWorkingDir: fileURLToPath(root),
  entryPoints: ['src/probe/standalone.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  // Used where it is installed beside the file.
  external: ['koffi'],
  // Packages in the older format ask for Node's own modules by this name.
  banner: {
    js: "import { createRequire as createProbeRequire } from 'node:module';\nconst require = createProbeRequire(import.meta.url);",
  },
  legalComments: 'eof',
  logLevel: 'warning',
  tsconfigRaw: {},
});
// What the compiler left there is of another file.
fs.rmSync(`${outfile}.map`, { force: true });

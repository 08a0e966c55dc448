import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const script = path.resolve(import.meta.dirname, '../../scripts/build-probe.ts');

let built: Buffer | undefined;

/** The one-file probe in a directory; built once for a process. */
export function probeIn(directory: string): string {
  built ??= fs.readFileSync(buildProbe(directory));
  const file = path.join(directory, 'probe.mjs');
  fs.writeFileSync(file, built);
  return file;
}

export function buildProbe(directory: string): string {
  const file = path.join(directory, 'built.mjs');
  execFileSync(process.execPath, [script, file]);
  return file;
}

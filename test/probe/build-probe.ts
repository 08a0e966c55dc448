import { execFileSync } from 'node:child_process';
import path from 'node:path';

const script = path.resolve(import.meta.dirname, '../../scripts/build-probe.ts');

/** Builds the one-file probe into a directory. */
export function buildProbe(directory: string): string {
  const file = path.join(directory, 'probe.mjs');
  execFileSync(process.execPath, [script, file]);
  return file;
}

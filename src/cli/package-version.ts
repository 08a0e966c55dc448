import { readFileSync } from 'node:fs';

/** The version of Holdfast itself. */
export function packageVersion(): string {
  const document = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as unknown;
  return String((document as { readonly version?: unknown }).version);
}

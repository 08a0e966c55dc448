import { readFileSync } from 'node:fs';

let known: string | undefined;

/** `holdfast/VERSION` */
export function userAgent(): string {
  known ??= `holdfast/${packageVersion()}`;
  return known;
}

function packageVersion(): string {
  const document = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as unknown;
  return String((document as { readonly version?: unknown }).version);
}

/** Values of options: text from a command line or the environment to what the engine takes. */
import { HoldfastError, quoteText } from '../base/index.ts';
import type { IdRange } from '../host/index.ts';

/** A whole number that is at least `least`. @throws USAGE */
export function parseCount(text: string, least = 1): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least) return value;
  throw usage(`${quoteText(text)} is not a whole number of ${least} or more`);
}

const unitBytes: ReadonlyMap<string, number> = new Map(
  ['', 'K', 'M', 'G', 'T'].flatMap((unit, power) => [
    [unit, 1024 ** power] as const,
    [`${unit}B`, (unit === '' ? 1 : 1000) ** power] as const,
    [`${unit}IB`, 1024 ** power] as const,
  ]),
);

/** Bytes, with the units of coreutils: 1M and 1MiB are 1024 × 1024, 1MB is 1000 × 1000. @throws USAGE */
export function parseBytes(text: string): number {
  const match = /^(\d{1,15}(?:\.\d{1,6})?) ?([KMGT]?(?:I?B)?)$/i.exec(text);
  const unit = match && match[2]?.toUpperCase() !== 'IB' ? unitBytes.get(match[2]?.toUpperCase() ?? '') : undefined;
  const value = Math.floor(Number(match?.[1]) * (unit ?? Number.NaN));
  if (value > 0 && Number.isSafeInteger(value)) return value;
  throw usage(`${quoteText(text)} is not a size`, 'sizes look like 1048576, 1MiB or 2GiB');
}

const maxIds = 2 ** 32 - 1;

/** `image:host:size`. @throws USAGE */
export function parseIdRange(text: string): IdRange {
  const [image, host, size] = /^(\d{1,10}):(\d{1,10}):(\d{1,10})$/.exec(text)?.slice(1).map(Number) ?? [];
  const isWhole = image !== undefined && host !== undefined && size !== undefined;
  if (isWhole && size > 0 && image + size <= maxIds && host + size <= maxIds) return { image, host, size };
  throw usage(
    `${quoteText(text)} is not a range of ids`,
    'ranges look like 0:100000:65536 (first id in the image, first id on disk, how many)',
  );
}

/** One of some words. @throws USAGE */
export function parseChoice<Choice extends string>(text: string, choices: readonly Choice[]): Choice {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw usage(`${quoteText(text)} is not one of ${choices.join(', ')}`);
}

/** The value of a flag in the environment. @throws USAGE */
export function parseSwitch(text: string): boolean {
  if (/^(?:1|true|yes|on)$/i.test(text)) return true;
  if (/^(?:0|false|no|off|)$/i.test(text)) return false;
  throw usage(`${quoteText(text)} is neither yes nor no`);
}

function usage(message: string, hint?: string): HoldfastError {
  return new HoldfastError('USAGE', hint === undefined ? { message } : { message, hint });
}

/** Times in PAX headers: decimal seconds with any number of fractional digits. */
import type { Timestamp } from '../base/index.ts';

const billion = 1_000_000_000;

/**
 * Seconds with a fraction, exact to the nanosecond; further digits are dropped towards the past, so that -1.5 is two
 * seconds before 1970 and half a second after that. Undefined when malformed or beyond 2^53 seconds.
 */
export function parseTimestamp(text: string): Timestamp | undefined {
  const match = /^(-?)([0-9]+)(?:\.([0-9]*))?$/.exec(text);
  if (match === null) return undefined;
  const [, sign = '', whole = '', fraction = ''] = match;
  const seconds = Number(whole);
  if (seconds >= Number.MAX_SAFE_INTEGER) return undefined;
  const nanoseconds = Number(fraction.slice(0, 9).padEnd(9, '0'));
  if (sign === '') return { seconds, nanoseconds };
  const rest = /[1-9]/.test(fraction.slice(9)) ? 1 : 0;
  if (nanoseconds + rest === 0) return { seconds: 0 - seconds, nanoseconds: 0 };
  return { seconds: -seconds - 1, nanoseconds: billion - nanoseconds - rest };
}

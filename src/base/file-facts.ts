/** Facts about a file that every format and every file system says in its own way. */

/** A time as whole seconds since 1970 (negative before it) and 0 to 999 999 999 nanoseconds after them. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** A run of data in a sparse file; everything between runs reads as zeros. */
export interface SparseExtent {
  readonly offset: number;
  readonly size: number;
}

/** The twelve permission bits as four octal digits, the form of the JSON output. */
export function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** A time as decimal seconds with up to nine decimals, the form of the JSON output: `-1.5`, `0`, `1700000000.000000001`. */
export function formatTimestamp(time: Timestamp): string {
  const negative = time.seconds < 0;
  const borrow = negative && time.nanoseconds > 0;
  const seconds = negative ? -(time.seconds + (borrow ? 1 : 0)) : time.seconds;
  const nanoseconds = borrow ? 1_000_000_000 - time.nanoseconds : time.nanoseconds;
  const fraction = nanoseconds === 0 ? '' : `.${String(nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
  return `${negative ? '-' : ''}${seconds}${fraction}`;
}

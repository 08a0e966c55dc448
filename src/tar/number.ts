/** Numbers as tar spells them: octal, base-256 and decimal. Exact: what exceeds 2^53 comes as a bigint. */

export type ExactNumber = number | bigint;

/** Where a numeric field stands in a header. */
export interface NumericField {
  readonly label: string;
  readonly at: number;
  readonly length: number;
}

const space = 0x20;
const positiveMark = 0x80;
const negativeMark = 0xff;
/** More digits than any field can mean; keeps the conversion of hostile ones cheap. */
const mostDigits = 400;

/**
 * Octal with leading spaces and trailing spaces or NULs (nothing at all is 0), or GNU base-256 where the first byte is
 * 0x80 or 0xff. Undefined for anything else, since readers then differ.
 */
export function parseField(block: Uint8Array, field: NumericField): ExactNumber | undefined {
  const first = block[field.at];
  if (first === positiveMark || first === negativeMark) return parseBase256(block, field);
  return parseOctal(block, field);
}

/** Whether a field holds spaces only. */
export function isBlank(block: Uint8Array, field: NumericField): boolean {
  for (let at = field.at; at < field.at + field.length; at++) if (block[at] !== space) return false;
  return true;
}

/** Decimal digits and nothing else, with a minus sign where `signed`; undefined otherwise. */
export function parseDecimal(text: string, signed = false): ExactNumber | undefined {
  if (text.length > mostDigits || !(signed ? /^-?[0-9]+$/ : /^[0-9]+$/).test(text)) return undefined;
  return text.length <= 15 ? Number(text) + 0 : shrink(BigInt(text));
}

function parseOctal(block: Uint8Array, field: NumericField): number | undefined {
  const end = field.at + field.length;
  let at = field.at;
  while (at < end && block[at] === space) at++;
  let value = 0;
  for (; at < end; at++) {
    const digit = (block[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  for (; at < end; at++) if (block[at] !== 0 && block[at] !== space) return undefined;
  return value;
}

function parseBase256(block: Uint8Array, field: NumericField): ExactNumber {
  let value = block[field.at] === negativeMark ? -1n : 0n;
  for (let at = field.at + 1; at < field.at + field.length; at++) value = (value << 8n) | BigInt(block[at] ?? 0);
  return shrink(value);
}

function shrink(value: bigint): ExactNumber {
  const small = Number(value);
  return Number.isSafeInteger(small) ? small : value;
}

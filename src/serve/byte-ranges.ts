/** Ranges in headers: of what is asked for, and of what is sent. */

export interface ByteRange {
  readonly start: number;
  readonly length: number;
}

/**
 * The part of a blob that a `Range` header asks for (RFC 9110, 14.2). `whole` for what is no single range of bytes, which
 * is then ignored.
 */
export function parseRange(header: string, size: number): ByteRange | 'whole' | 'unsatisfiable' {
  const [, first = '', last = ''] = /^\s*bytes\s*=\s*(\d{0,15})\s*-\s*(\d{0,15})\s*$/i.exec(header) ?? [];
  if (first === '' && last === '') return 'whole';
  if (first === '') return between(Math.max(0, size - Number(last)), size - 1, size);
  return between(Number(first), last === '' ? size - 1 : Math.min(Number(last), size - 1), size);
}

function between(first: number, last: number, size: number): ByteRange | 'unsatisfiable' {
  return first > last || first >= size ? 'unsatisfiable' : { start: first, length: last - first + 1 };
}

/** The `Content-Range` of a chunk: `first-last`, without a unit as the distribution-spec has it, or as RFC 9110 has it. */
export function parseContentRange(header: string): ByteRange | undefined {
  const [, first, last] = /^\s*(?:bytes\s+)?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?\s*$/i.exec(header) ?? [];
  if (first === undefined || last === undefined) return undefined;
  const length = Number(last) - Number(first) + 1;
  return length > 0 ? { start: Number(first), length } : undefined;
}

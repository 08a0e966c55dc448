/** The records of a PAX header: `LENGTH KEY=VALUE\n`, cut by their declared length and nothing else. */
import { type ByteString, fromBytes, HoldfastError } from '../base/index.ts';

export interface PaxRecord {
  readonly key: ByteString;
  /** A view on the header's bytes. */
  readonly value: Buffer;
}

const space = 0x20;
const equals = 0x3d;
const newline = 0x0a;

/** @throws TAR_PAX_RECORD for every deviation, since each is read otherwise by some reader. */
export function parsePaxRecords(body: Buffer, offset: number): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < body.length;) {
    const { contentAt, end } = measure(body, at, offset);
    const split = body.indexOf(equals, contentAt);
    if (split < 0 || split >= end) throw malformed(offset, 'a record has no "="');
    if (split === contentAt) throw malformed(offset, 'a record has an empty key');
    records.push({ key: fromBytes(body, contentAt, split), value: body.subarray(split + 1, end) });
    at = end + 1;
  }
  return records;
}

export function malformed(offset: number, reason: string): HoldfastError {
  return new HoldfastError('TAR_PAX_RECORD', { offset, reason });
}

/** Where a record's key begins and where its closing newline stands. */
function measure(body: Buffer, at: number, offset: number): { contentAt: number; end: number } {
  let length = 0;
  let contentAt = at;
  for (; contentAt < body.length && body[contentAt] !== space; contentAt++) {
    const digit = (body[contentAt] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) throw malformed(offset, 'a record has no decimal length');
    length = length * 10 + digit;
    if (length > body.length) throw malformed(offset, 'a record is longer than the header');
  }
  const end = at + length - 1;
  if (contentAt === at) throw malformed(offset, 'a record has no decimal length');
  if (end >= body.length) throw malformed(offset, 'a record is longer than the header');
  if (end <= contentAt) throw malformed(offset, 'a record is shorter than its own length');
  if (body[end] !== newline) throw malformed(offset, 'a record does not end in a newline');
  return { contentAt: contentAt + 1, end };
}

/** Archives block by block, for tests that need what no sane writer writes. */

export interface RawHeader {
  readonly name?: string | Uint8Array;
  readonly mode?: string;
  readonly uid?: string | Uint8Array;
  readonly gid?: string | Uint8Array;
  /** The number, or the twelve bytes themselves. */
  readonly size?: number | string | Uint8Array;
  readonly mtime?: string | Uint8Array;
  readonly typeflag?: string;
  readonly linkName?: string;
  readonly magic?: string;
  readonly major?: string | Uint8Array;
  readonly minor?: string | Uint8Array;
  readonly prefix?: string;
  /** Bytes to lay over the block at an offset, before the checksum is made. */
  readonly patches?: readonly (readonly [number, string | Uint8Array])[];
  /** Sums bytes as signed, as some old writers did. */
  readonly signedSum?: boolean;
}

export const magics = { ustar: 'ustar\x0000', gnu: 'ustar  \0', v7: '\0\0\0\0\0\0\0\0' } as const;

export const end = Buffer.alloc(1024);

/** A header block with a right checksum: a file "f" unless told otherwise. */
export function header(raw: RawHeader = {}): Buffer {
  const block = Buffer.alloc(512);
  const put = (at: number, value: string | Uint8Array) => block.set(bytesOf(value), at);
  put(0, raw.name ?? 'f');
  put(100, raw.mode ?? '0000644\0');
  put(108, raw.uid ?? '0000000\0');
  put(116, raw.gid ?? '0000000\0');
  put(124, typeof raw.size === 'number' || raw.size === undefined ? octal(raw.size ?? 0) : raw.size);
  put(136, raw.mtime ?? '00000000000\0');
  put(156, raw.typeflag ?? '0');
  put(157, raw.linkName ?? '');
  put(257, raw.magic ?? magics.ustar);
  if (raw.major !== undefined) put(329, raw.major);
  if (raw.minor !== undefined) put(337, raw.minor);
  put(345, raw.prefix ?? '');
  for (const [at, value] of raw.patches ?? []) put(at, value);
  return withChecksum(block, raw.signedSum);
}

/** Makes the checksum of a header right again. */
export function withChecksum(block: Buffer, signed = false): Buffer {
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block.subarray(0, 512)) sum += signed && byte > 127 ? byte - 256 : byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** A header and its body; the size follows the body unless given. */
export function member(raw: RawHeader, body: string | Uint8Array = ''): Buffer {
  const bytes = bytesOf(body);
  return Buffer.concat([header({ size: bytes.length, ...raw }), padded(bytes)]);
}

/** A PAX header with well-formed records. */
export function pax(...records: readonly (readonly [string, string | Uint8Array])[]): Buffer {
  return rawPax(Buffer.concat(records.map(([key, value]) => paxRecord(key, value))));
}

export function globalPax(...records: readonly (readonly [string, string | Uint8Array])[]): Buffer {
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  return member({ name: 'GlobalHead', typeflag: 'g' }, body);
}

/** A PAX header whose records are just these bytes. */
export function rawPax(body: string | Uint8Array): Buffer {
  return member({ name: 'PaxHeader', typeflag: 'x' }, body);
}

export function paxRecord(key: string, value: string | Uint8Array): Buffer {
  const rest = Buffer.concat([bytesOf(` ${key}=`), bytesOf(value), bytesOf('\n')]);
  let length = rest.length;
  while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
  return Buffer.concat([bytesOf(String(length)), rest]);
}

/** A GNU long name (L) or long link name (K). */
export function gnuLong(typeflag: 'L' | 'K', name: string): Buffer {
  return member({ name: '././@LongLink', typeflag, magic: magics.gnu }, `${name}\0`);
}

export interface OldGnuSparse {
  readonly runs: readonly (readonly [number, number])[];
  readonly realSize: number;
  readonly raw?: RawHeader;
}

/** An old GNU sparse header with its extension blocks; the body is to follow. */
export function oldGnuSparse({ runs, realSize, raw = {} }: OldGnuSparse): Buffer {
  const slot = ([offset, size]: readonly [number, number]) => octal(offset) + octal(size);
  const stored = runs.reduce((sum, run) => sum + run[1], 0);
  const patches: [number, string][] = [
    [386, runs.slice(0, 4).map(slot).join('')],
    [482, runs.length > 4 ? '\x01' : '\0'],
    [483, octal(realSize)],
  ];
  const first = header({ typeflag: 'S', magic: magics.gnu, size: stored, patches, ...raw });
  const blocks = [first];
  for (let at = 4; at < runs.length; at += 21) {
    const block = Buffer.alloc(512);
    block.write(
      runs
        .slice(at, at + 21)
        .map(slot)
        .join(''),
      0,
      'latin1',
    );
    block[504] = runs.length > at + 21 ? 1 : 0;
    blocks.push(block);
  }
  return Buffer.concat(blocks);
}

/** Eleven octal digits and a NUL. */
export function octal(value: number): string {
  return `${value.toString(8).padStart(11, '0')}\0`;
}

/** A base-256 field. */
export function base256(value: bigint, length: number): Buffer {
  const field = Buffer.alloc(length);
  let rest = BigInt.asUintN((length - 1) * 8, value);
  for (let at = length - 1; at > 0; at--, rest >>= 8n) field[at] = Number(rest & 0xffn);
  field[0] = value < 0n ? 0xff : 0x80;
  return field;
}

export function padded(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((512 - (bytes.length % 512)) % 512)]);
}

export function archive(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat([...parts, end]);
}

function bytesOf(value: string | Uint8Array): Uint8Array {
  return typeof value === 'string' ? Buffer.from(value, 'latin1') : value;
}

/** Just enough of ustar to make large archives fast, independently of the code that will read them. */

export const blockSize = 512;

export interface UstarEntry {
  /** At most 100 ASCII characters. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink' | 'hardlink';
  readonly linkName?: string;
  readonly size?: number;
}

/** Owner and group 0, with the terminator of the mode before them. */
const root = '\u00000000000\u00000000000\u0000';
const typeflags = { file: '0', hardlink: '1', symlink: '2', directory: '5' } as const;
const modes = { file: '0000644', hardlink: '0000644', symlink: '0000777', directory: '0000755' } as const;

/** Writes one header block into `target`, which must be zeros there. */
export function writeHeader(target: Buffer, offset: number, { name, type, linkName = '', size = 0 }: UstarEntry): void {
  const put = (text: string, at: number): void => void target.write(text, offset + at, 'latin1');
  put(name, 0);
  put(`${modes[type]}${root}`, 100);
  put(`${size.toString(8).padStart(11, '0')} 14000000000 `, 124);
  put(`        ${typeflags[type]}${linkName}`, 148);
  put('ustar\u000000', 257);
  let sum = 0;
  for (let at = offset; at < offset + blockSize; at += 1) sum += target[at] ?? 0;
  put(`${sum.toString(8).padStart(6, '0')}\u0000 `, 148);
}

/** Bytes of the entry's header and body, padding included. */
export function entrySize({ size = 0 }: UstarEntry): number {
  return blockSize + Math.ceil(size / blockSize) * blockSize;
}

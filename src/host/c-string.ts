/** Text as C takes it. */
import type { ByteString } from '../base/index.ts';

/** Writes a name and its NUL into a scratch buffer; a longer one gets its own. */
export function cString(scratch: Buffer, text: ByteString): Buffer {
  if (text.length >= scratch.length) return terminated(Buffer.from(text, 'latin1'));
  scratch.write(text, 0, 'latin1');
  scratch[text.length] = 0;
  return scratch;
}

export function terminated(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc(1)]);
}

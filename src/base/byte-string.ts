/** Names, link texts and xattr names are bytes. A byte string holds one byte per character (U+0000 to U+00FF). */

declare const byteString: unique symbol;

/**
 * Bytes as a string of characters U+0000 to U+00FF: a cheap, exact map key that sorts in byte order.
 * Never decoded text: two different invalid UTF-8 names are two different byte strings.
 */
export type ByteString = string & { readonly [byteString]: true };

/** The bytes of a buffer (or a part of it) as a byte string. */
export function fromBytes(bytes: Uint8Array, start = 0, end = bytes.length): ByteString {
  const view = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return view.toString('latin1', start, end) as ByteString;
}

/** The UTF-8 bytes of ordinary text. */
export function fromText(text: string): ByteString {
  return (/^[\x00-\x7f]*$/.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1')) as ByteString;
}

/** A fresh buffer with the bytes. */
export function toBytes(bytes: ByteString): Buffer {
  return Buffer.from(bytes, 'latin1');
}

/** The bytes as JSON text: UTF-8 where valid, each other byte as the lone surrogate U+DC80 to U+DCFF. */
export function toJsonText(bytes: ByteString): string {
  if (/^[\x00-\x7f]*$/.test(bytes)) return bytes;
  return decodeWithSurrogates(toBytes(bytes));
}

/** A path of a tree as JSON text: the root is ".". */
export function jsonPath(path: ByteString): string {
  return path === '' ? '.' : toJsonText(path);
}

/** The inverse of {@link toJsonText}; a path typed on a command line goes through here too. */
export function fromJsonText(text: string): ByteString {
  let out = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    if (code >= 0xdc80 && code <= 0xdcff) out += String.fromCharCode(code - 0xdc00);
    else out += fromText(character);
  }
  return out as ByteString;
}

/** The bytes for a person: control characters and invalid UTF-8 are escaped as `\n` or `\x1b`, a backslash doubled. */
export function toDisplayText(bytes: ByteString): string {
  return escapeText(toJsonText(bytes));
}

const unsafe = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\\]/gu;

/** Escapes whatever could act on a terminal (control, bidi and format characters) in text from outside. */
export function escapeText(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    if (character === '\\') return '\\\\';
    if (character === '\n') return '\\n';
    if (character === '\t') return '\\t';
    if (character === '\r') return '\\r';
    if (code >= 0xdc80 && code <= 0xdcff) return `\\x${(code - 0xdc00).toString(16)}`;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

function decodeWithSurrogates(bytes: Buffer): string {
  let out = '';
  let at = 0;
  while (at < bytes.length) {
    const length = validSequenceLength(bytes, at);
    if (length === 0) out += String.fromCharCode(0xdc00 + (bytes[at] ?? 0));
    else out += bytes.toString('utf8', at, at + length);
    at += Math.max(length, 1);
  }
  return out;
}

/** The length of the well-formed UTF-8 sequence at a position, 0 when there is none (Unicode table 3-7). */
function validSequenceLength(bytes: Buffer, at: number): number {
  const first = bytes[at] ?? 0;
  if (first < 0x80) return 1;
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return 0;
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let offset = 1; offset < length; offset++) {
    const byte = bytes[at + offset] ?? 0;
    const [from, to] = offset === 1 ? [low, high] : [0x80, 0xbf];
    if (byte < from || byte > to) return 0;
  }
  return length;
}

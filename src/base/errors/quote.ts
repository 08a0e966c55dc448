import { type ByteString, escapeText, toDisplayText } from '../byte-string.ts';

const longest = 300;

/** A name from an image, for a message: quoted, control characters escaped, cut to a readable length. */
export function quote(name: ByteString): string {
  return `"${cut(toDisplayText(name))}"`;
}

/** Ordinary text from outside, for a message: quoted, control characters escaped, cut to a readable length. */
export function quoteText(text: string): string {
  return `"${cut(escapeText(text))}"`;
}

function cut(text: string): string {
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}

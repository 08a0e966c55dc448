/** Commands as people write them: a JSON array, or words. */
import { HoldfastError, quoteText } from '../base/index.ts';

/**
 * A JSON array of texts where it begins with "[", else words split at white space as a POSIX shell splits them, with its
 * quotes and backslashes; nothing is expanded and no shell is added.
 * @throws USAGE
 */
export function parseWords(text: string): readonly string[] {
  if (!text.trimStart().startsWith('[')) return splitWords(text);
  const words = parseArray(text);
  if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  throw malformed(text, 'is not a JSON array of texts');
}

/** `NAME=VALUE` lines as an object; the last one of a name counts. @throws USAGE */
export function parsePairs(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      if (at > 0) return [line.slice(0, at), line.slice(at + 1)] as const;
      throw malformed(line, 'is not NAME=VALUE');
    }),
  );
}

/** A word that goes on, with what a quote or a backslash protects as it is. */
const part = /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])|([^\s'"\\]+)/y;

function splitWords(text: string): string[] {
  const words: string[] = [];
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at] ?? '')) {
      at++;
      continue;
    }
    const { word, end } = wordAt(text, at);
    words.push(word);
    at = end;
  }
  return words;
}

function wordAt(text: string, start: number): { readonly word: string; readonly end: number } {
  let word = '';
  let at = start;
  while (at < text.length && !/\s/.test(text[at] ?? '')) {
    part.lastIndex = at;
    const found = part.exec(text);
    if (found === null) throw malformed(text, 'has a quote or a backslash without its end');
    const [all, single, double, escaped, plain] = found;
    word += single ?? double?.replaceAll(/\\([$`"\\])/g, '$1') ?? escaped ?? plain ?? '';
    at += all.length;
  }
  return { word, end: at };
}

function parseArray(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function malformed(text: string, problem: string): HoldfastError {
  return new HoldfastError('USAGE', { message: `${quoteText(text)} ${problem}` });
}

/** What a 401 asks for: the grammar of WWW-Authenticate (RFC 9110, section 11), read as tolerantly as is safe. */

export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** Names in lower case; the first of two equal ones counts. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longer header lines are cut: no registry needs a tenth of it. */
const maxLine = 16 * 1024;

/**
 * Every challenge of every header line, in order. A line may hold several challenges, commas and quotes may stand in
 * quoted values, and a scheme may be followed by a token68 instead of parameters. What is malformed is left out; nothing
 * makes it fail.
 */
export function parseChallenges(lines: readonly string[]): readonly Challenge[] {
  return lines.flatMap((line) => parseLine(line.slice(0, maxLine)));
}

interface OpenChallenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
}

function parseLine(line: string): readonly Challenge[] {
  const found: OpenChallenge[] = [];
  const cursor = { line, at: 0 };
  for (;;) {
    take(cursor, separators);
    if (cursor.at >= line.length) return found;
    const name = take(cursor, token);
    if (name === '') skipGarbage(cursor);
    else if (take(cursor, equals) !== '') addParameter(found.at(-1), name, takeValue(cursor));
    else {
      found.push({ scheme: name.toLowerCase(), parameters: new Map() });
      take(cursor, token68);
    }
  }
}

interface Cursor {
  readonly line: string;
  at: number;
}

const separators = /[\s,]*/y;
const token = /[!#$%&'*+\-.^_`|~0-9A-Za-z]*/y;
const equals = /[ \t]*=[ \t]*/y;
/** Only where the whole rest up to a comma is one; `realm="x"` is not. */
const token68 = /[ \t]+[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const quoted = /"((?:[^"\\]|\\[^])*)(?:"|\\?$)/y;
/** Some registries leave the quotes away, also around a URL. */
const unquoted = /[^\s,"]*/y;

function take(cursor: Cursor, pattern: RegExp): string {
  pattern.lastIndex = cursor.at;
  const match = pattern.exec(cursor.line)?.[0] ?? '';
  cursor.at += match.length;
  return match;
}

function takeValue(cursor: Cursor): string {
  if (cursor.line[cursor.at] !== '"') return take(cursor, unquoted);
  quoted.lastIndex = cursor.at;
  const match = quoted.exec(cursor.line);
  cursor.at += match?.[0].length ?? 1;
  return (match?.[1] ?? '').replace(/\\([^])/g, '$1');
}

function skipGarbage(cursor: Cursor): void {
  if (cursor.line[cursor.at] === '"') takeValue(cursor);
  else cursor.at += 1;
}

function addParameter(challenge: OpenChallenge | undefined, name: string, value: string): void {
  const key = name.toLowerCase();
  if (challenge && !challenge.parameters.has(key)) challenge.parameters.set(key, value);
}

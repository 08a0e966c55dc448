import { type ByteString, toJsonText } from '../base/index.ts';

/** Whether a path component is a glob: `*`, `?` or `[…]` is in it, escaped or not. */
export function isGlob(component: ByteString): boolean {
  return /[*?[]/.test(component);
}

/**
 * A glob for one path component, as shells and Docker have it: `*`, `?`, `[a-z]`, `[!a-z]` or `[^a-z]`, and `\` before a
 * character that means itself. A name that begins with "." is one like any other. Takes time in proportion to glob times
 * name, whatever they are.
 */
export function matchComponent(glob: ByteString): (name: ByteString) => boolean {
  const tokens = parse(Array.from(toJsonText(glob)));
  return (name) => matches(tokens, Array.from(toJsonText(name)));
}

/** Judges one character; "any" stands for any number of them. */
type Token = 'any' | ((character: string) => boolean);

function parse(glob: readonly string[]): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < glob.length; at++) {
    const character = glob[at] ?? '';
    const end = character === '[' ? endOfClass(glob, at) : undefined;
    if (character === '*') tokens.push('any');
    else if (character === '?') tokens.push(() => true);
    else if (end !== undefined) {
      tokens.push(parseClass(glob.slice(at + 1, end)));
      at = end;
    } else {
      const meant = character === '\\' ? (glob[++at] ?? '\\') : character;
      tokens.push((one) => one === meant);
    }
  }
  return tokens;
}

/** Where the "]" of a class is; one right at its begin is part of it. Undefined where the class does not end. */
function endOfClass(glob: readonly string[], start: number): number | undefined {
  const isNot = glob[start + 1] === '!' || glob[start + 1] === '^';
  const first = start + (isNot ? 2 : 1);
  for (let at = first; at < glob.length; at++) {
    if (glob[at] === ']' && at > first) return at;
    if (glob[at] === '\\') at++;
  }
  return undefined;
}

function parseClass(inside: readonly string[]): Token {
  const isNot = inside[0] === '!' || inside[0] === '^';
  const ranges: [from: string, to: string][] = [];
  const meant: { readonly text: string; readonly isEscaped: boolean }[] = [];
  for (let at = isNot ? 1 : 0; at < inside.length; at++) {
    const isEscaped = inside[at] === '\\' && at + 1 < inside.length;
    meant.push({ text: inside[isEscaped ? ++at : at] ?? '', isEscaped });
  }
  for (let at = 0; at < meant.length; at++) {
    const [from, dash, to] = [meant[at], meant[at + 1], meant[at + 2]];
    const isRange = dash?.text === '-' && !dash.isEscaped && to !== undefined;
    ranges.push([from?.text ?? '', (isRange ? to : from)?.text ?? '']);
    if (isRange) at += 2;
  }
  return (one) => ranges.some(([from, to]) => isBetween(one, from, to)) !== isNot;
}

function isBetween(one: string, from: string, to: string): boolean {
  const point = (text: string): number => text.codePointAt(0) ?? 0;
  return point(from) <= point(one) && point(one) <= point(to);
}

/** After a "*" that took too little, it takes one more; earlier ones never have to be tried again. */
function matches(tokens: readonly Token[], name: readonly string[]): boolean {
  let token = 0;
  let at = 0;
  let last: { readonly token: number; at: number } | undefined;
  while (at < name.length) {
    const judge = tokens[token];
    if (judge === 'any') {
      last = { token: ++token, at };
    } else if (judge?.(name[at] ?? '') === true) {
      token++;
      at++;
    } else if (last) {
      token = last.token;
      at = ++last.at;
    } else return false;
  }
  return tokens.slice(token).every((rest) => rest === 'any');
}

import { HoldfastError } from '../base/index.ts';

/** What becomes of twelve permission bits. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const bits = {
  u: 0o4700,
  g: 0o2070,
  o: 0o1007,
  a: 0o7777,
} as const;
const permissions = { r: 0o444, w: 0o222, x: 0o111, s: 0o6000, t: 0o1000 } as const;

/**
 * Reads a mode as chmod(1) takes it: octal, or symbolic such as `u+rwX,go-w`, with a umask of 0.
 * @throws USAGE
 */
export function parseModeChange(text: string): ModeChange {
  if (/^[0-7]{1,4}$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    return () => mode;
  }
  const changes = text.split(',').flatMap(parseClause);
  return (mode, isDirectory) => changes.reduce((current, change) => change(current, isDirectory), mode);
}

function parseClause(clause: string): ModeChange[] {
  const [, who = '', actions = ''] = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause) ?? [];
  if (actions === '') {
    const hint = 'a mode is octal, such as 0755, or symbolic, such as u+rwX,go-w';
    throw new HoldfastError('USAGE', { message: `${JSON.stringify(clause)} is not a mode`, hint });
  }
  let affected = 0;
  for (const one of who === '' ? 'a' : who) affected |= bits[one as keyof typeof bits];
  return Array.from(actions.matchAll(/[-+=][rwxXstugo]*/g), ([action]) => parseAction(action, affected));
}

function parseAction(action: string, affected: number): ModeChange {
  const operator = action[0];
  const letters = action.slice(1);
  return (mode, isDirectory) => {
    const value = valueOf(letters, mode, isDirectory) & affected;
    if (operator === '+') return mode | value;
    return operator === '-' ? mode & ~value : (mode & ~affected) | value;
  };
}

function valueOf(letters: string, mode: number, isDirectory: boolean): number {
  let value = 0;
  for (const letter of letters) {
    if (letter === 'u') value |= ((mode >> 6) & 7) * 0o111;
    else if (letter === 'g') value |= ((mode >> 3) & 7) * 0o111;
    else if (letter === 'o') value |= (mode & 7) * 0o111;
    else if (letter !== 'X') value |= permissions[letter as keyof typeof permissions];
    else if (isDirectory || (mode & 0o111) !== 0) value |= permissions.x;
  }
  return value;
}

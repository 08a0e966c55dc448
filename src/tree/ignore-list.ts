import picomatch from 'picomatch';
import { type ByteString, fromJsonText, toJsonText } from '../base/index.ts';
import { joinPath } from './tree.ts';

/** Paths that are left out, each with everything below it. */
export interface IgnoreList {
  /** Whether the path itself, or something above it, is in the list. */
  readonly ignores: (path: ByteString) => boolean;
  /** For a walk: tells which names in a directory that is not ignored are; undefined where none can be. */
  readonly namesIn: (directory: ByteString) => ((name: ByteString) => boolean) | undefined;
}

/**
 * Reads a list of paths and globs. Each is relative to the root; a leading "/" or "./" and a trailing "/" mean nothing,
 * "/" itself is everything, an empty entry nothing. An entry leaves out what has exactly that path, and everything below it: `run` leaves out
 * `run` and `run/lock`, but neither `running` nor `var/run`. In an entry `*` stands for any characters of one name (a
 * leading dot is nothing special), `?` for one, `[a-z]` for one of several, `[!a-z]` for one of the others, `{a,b}` for alternatives, and the name `**`
 * for any number of names, none included; a backslash takes that meaning away. A byte that is not valid UTF-8 is written
 * as in {@link toJsonText}.
 */
export function ignoreList(entries: readonly string[]): IgnoreList {
  const literals = new Map<ByteString, Set<ByteString>>();
  const globs: string[] = [];
  for (const entry of entries) {
    if (entry === '') continue;
    const pattern = normalised(entry);
    if (/[*?[{\\]/.test(pattern)) globs.push(pattern);
    else addLiteral(literals, fromJsonText(pattern));
  }
  if (literals.has('' as ByteString) && literals.get('' as ByteString)?.has('' as ByteString)) return everything;
  const matchesGlob = globs.length === 0 ? undefined : globMatcher(globs);
  const isListed = (directory: ByteString, name: ByteString): boolean =>
    literals.get(directory)?.has(name) === true || matchesGlob?.(joinPath(directory, name)) === true;
  return {
    ignores: (path) => path !== '' && somePrefix(path, isListed),
    namesIn: (directory) => {
      if (matchesGlob === undefined && !literals.has(directory)) return undefined;
      return (name) => isListed(directory, name);
    },
  };
}

const everything: IgnoreList = { ignores: () => true, namesIn: () => () => true };

function normalised(entry: string): string {
  return entry
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

function addLiteral(literals: Map<ByteString, Set<ByteString>>, path: ByteString): void {
  const slash = path.lastIndexOf('/');
  const directory = path.slice(0, Math.max(slash, 0)) as ByteString;
  const name = path.slice(slash + 1) as ByteString;
  const names = literals.get(directory);
  if (names) names.add(name);
  else literals.set(directory, new Set([name]));
}

/** What else picomatch takes for syntax is text here; "." has to match a newline, which a name may hold. */
function globMatcher(globs: readonly string[]): (path: ByteString) => boolean {
  const matches = picomatch(globs.map(plainGlob), { dot: true, nonegate: true, flags: 's' });
  return (path) => matches(toJsonText(path));
}

function plainGlob(glob: string): string {
  return glob.replace(/\\.|\[!|[()|+"]/gs, (part) => {
    if (part === '[!') return '[^';
    return part.length > 1 ? part : `\\${part}`;
  });
}

/** Whether a test holds for any of the names that lead to a path, from the top. */
function somePrefix(path: ByteString, test: (directory: ByteString, name: ByteString) => boolean): boolean {
  for (let start = 0; ;) {
    const slash = path.indexOf('/', start);
    const directory = path.slice(0, Math.max(start - 1, 0)) as ByteString;
    const name = path.slice(start, slash < 0 ? path.length : slash) as ByteString;
    if (test(directory, name)) return true;
    if (slash < 0) return false;
    start = slash + 1;
  }
}

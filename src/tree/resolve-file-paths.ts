/** From paths as somebody wrote them to the names that may have changed, links and ignored paths settled once. */
import type { ByteString } from '../base/index.ts';
import { type IgnoreList, ignoreList } from './ignore-list.ts';
import type { InodeKind } from './kinds.ts';
import { sortPaths } from './path-order.ts';
import { joinPath, lookup, type Tree } from './tree.ts';

/** What resolving needs to know of a name. */
export interface FoundName {
  readonly kind: InodeKind | 'socket';
  /** Used for symbolic links only. */
  readonly linkText: ByteString;
}

/**
 * What stands at a path by name, no link followed; undefined where nothing does. Asked only for paths without links,
 * that is, every parent was asked for before and is none.
 */
export type PathLookup = (path: ByteString) => FoundName | undefined;

/** As many as the kernel follows (path_resolution(7)). */
const maxLinks = 40;

/**
 * The names that have to be looked at when the given ones may have changed. For each input that is not ignored: every
 * symbolic link met while it is resolved, under its own path without links, and what it leads to in the end, if that
 * exists; an input that meets no link comes back itself, whether it exists or not. Nothing that comes back is ignored or
 * leads through a link, so neither has to be asked again. A link stays even where its target is ignored; a loop and a
 * dangling link end with the links that were met.
 *
 * Directories above are not returned, and nothing is compared: these are candidates.
 *
 * @param source a tree, or a way to look at one
 * @param inputPaths relative to the root; a leading "/", "." and ".." are understood as a process in that root would, but
 *   ".." also takes away a name that does not exist
 * @param ignored as {@link ignoreList} reads it
 * @returns each once, in walk order
 */
export function resolveFilePaths(
  source: Tree | PathLookup,
  inputPaths: Iterable<ByteString>,
  ignored: readonly string[] | IgnoreList = [],
): ByteString[] {
  const look = typeof source === 'function' ? source : (path: ByteString) => lookup(source, path);
  const ignore = 'ignores' in ignored ? ignored : ignoreList(ignored);
  const found = new Set<ByteString>();
  const emit = (path: ByteString): void => {
    if (!ignore.ignores(path)) found.add(path);
  };
  for (const input of inputPaths) {
    if (!ignore.ignores(withoutDots(input))) resolveInput(look, input, emit);
  }
  return sortPaths([...found]);
}

/** The input as it is written: ".." takes the name before it away, whatever stands there. */
function withoutDots(input: ByteString): ByteString {
  const names: string[] = [];
  for (const part of input.split('/')) {
    if (part === '..') names.pop();
    else if (part !== '' && part !== '.') names.push(part);
  }
  return names.join('/') as ByteString;
}

function resolveInput(look: PathLookup, input: ByteString, emit: (path: ByteString) => void): void {
  const pending = input.split('/').reverse();
  const names: ByteString[] = [];
  let here = '' as ByteString;
  let links = 0;
  const exists = (): boolean => here === '' || look(here) !== undefined;
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === '' || part === '.') continue;
    if (part === '..') {
      if (links > 0 && here !== '' && look(here)?.kind !== 'directory') return;
      names.pop();
      here = names.join('/') as ByteString;
      continue;
    }
    const path = joinPath(here, part as ByteString);
    const found: FoundName | undefined = look(path);
    if (found?.kind === 'symlink') {
      emit(path);
      if (++links > maxLinks) return;
      if (found.linkText.startsWith('/')) {
        names.length = 0;
        here = '' as ByteString;
      }
      pending.push(...found.linkText.split('/').reverse());
    } else {
      names.push(part as ByteString);
      here = path;
    }
  }
  if (links === 0 || exists()) emit(here);
}

/** A source that is not there, and what may have been meant. */
import { type ByteString, HoldfastError } from '../base/index.ts';
import { type Inode, joinPath, resolvePath, type Tree, walk } from '../tree/index.ts';

type NotFound = HoldfastError<'PATH_NOT_FOUND'>;

const shownSuggestions = 3;

/** @param error of the search in the tree */
export function sourceNotFound(tree: Tree, reference: string, error: NotFound): HoldfastError {
  const { path, reason } = error.data;
  const leadsSomewhere = (found: ByteString): boolean => inodeAt(tree, found) !== undefined;
  const suggestions = suggestionsFor(tree, path).filter(leadsSomewhere).slice(0, shownSuggestions);
  return new HoldfastError('SOURCE_NOT_FOUND', { path, tree: reference, reason, suggestions }, { cause: error });
}

/** A name much like the one that is missing, in the same place; or else the same name in another place. */
function suggestionsFor(tree: Tree, path: ByteString): ByteString[] {
  const components = path.split('/').filter((part) => part !== '' && part !== '.') as ByteString[];
  let above = '' as ByteString;
  for (const component of components) {
    const next = joinPath(above, component);
    if (inodeAt(tree, next)) {
      above = next;
      continue;
    }
    const names = [...(inodeAt(tree, above)?.children?.keys() ?? [])];
    const alike = names.filter((name) => isAlike(name, component)).sort();
    if (alike.length > 0) return alike.map((name) => joinPath(above, name));
    break;
  }
  return elsewhere(tree, components.at(-1));
}

function inodeAt(tree: Tree, path: ByteString): Inode | undefined {
  try {
    return resolvePath(tree, path, { followLast: true }).inode;
  } catch {
    return undefined;
  }
}

function elsewhere(tree: Tree, wanted: ByteString | undefined): ByteString[] {
  const found: ByteString[] = [];
  for (const { name, path } of walk(tree)) {
    if (name !== '' && name === wanted && found.push(path) === shownSuggestions) break;
  }
  return found;
}

/** One letter in three may be another one, missing, or one too many. */
function isAlike(one: string, other: string): boolean {
  const most = Math.ceil(Math.min(one.length, other.length) / 3);
  if (Math.abs(one.length - other.length) > most) return false;
  return distance(one.toLowerCase(), other.toLowerCase()) <= most;
}

/** How many letters have to be changed, added or removed (Levenshtein). */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

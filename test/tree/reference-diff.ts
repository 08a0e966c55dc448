/**
 * What a layer between two trees has to hold, said a second time: the sentences of "Writing layers" over all pairs of
 * paths, simple and slow, and nothing of the engine is used.
 */
import { isDeepStrictEqual } from 'node:util';
import { byteStringOf } from '../../src/testing/index.ts';
import { type Model, type Node, parentOf } from './model.ts';

/** `e PATH` for each entry and `w PATH` for each whiteout, in any order; the root is the empty path. */
export function expectedEntries(before: Model, after: Model): string[] {
  const removed = before.paths.filter((path) => isRemoved(before, after, path));
  const written = new Set<string>();
  for (const path of after.paths) if (isWritten(before, after, path)) written.add(path);
  const ancestors = new Set([...written, ...removed].flatMap(ancestorsOf));
  for (const path of ancestors) if (path !== '' || !isOrdinaryRoot(after)) written.add(path);
  return [
    ...[...written].map((path) => `e ${byteStringOf(path)}`),
    ...removed.map((path) => `w ${byteStringOf(path)}`),
  ];
}

/** Gone, while its directory is still one. */
function isRemoved(before: Model, after: Model, path: string): boolean {
  return !after.get(path) && after.get(parentOf(path))?.kind === 'directory' && before.get(path) !== undefined;
}

function isWritten(before: Model, after: Model, path: string): boolean {
  const node = after.get(path) as Node;
  if (node.kind === 'directory') return recordDiffers(before, after, path);
  return mustBeWritten(before, after, node) || isLesserPart(before, after, path);
}

/** A name of it is new, changed, or was another inode than another name was. */
function mustBeWritten(before: Model, after: Model, node: Node): boolean {
  const names = after.namesOf(node);
  return names.some((name) => recordDiffers(before, after, name) || before.get(name) !== before.get(names[0] ?? ''));
}

/** Of what is left of a group and could stay as it is, only one part can: the one with most names, then the first. */
function isLesserPart(before: Model, after: Model, path: string): boolean {
  const old = before.get(path);
  if (old === undefined) return false;
  const parts = new Set(before.namesOf(old).flatMap((name) => after.get(name) ?? []));
  const staying = [...parts]
    .filter((node) => !mustBeWritten(before, after, node))
    .map((node) => ({ node, names: after.namesOf(node).map(walkKey).sort() }))
    .sort((a, b) => b.names.length - a.names.length || ((a.names[0] ?? '') < (b.names[0] ?? '') ? -1 : 1));
  return staying[0]?.node !== after.get(path);
}

function recordDiffers(before: Model, after: Model, path: string): boolean {
  const [old, current] = [before.get(path), after.get(path)];
  return !old || !current || !isDeepStrictEqual(recordOf(old), recordOf(current));
}

/** Without what the kind does not have. */
function recordOf(node: Node): unknown {
  const { kind, mode, uid, gid, mtime, xattrs } = node;
  const text = kind === 'file' ? node.text : kind === 'symlink' ? node.text || 'nowhere' : undefined;
  const minor = kind === 'char' || kind === 'block' ? node.minor : undefined;
  return { kind, mode, uid, gid, mtime, xattrs, text, minor };
}

function isOrdinaryRoot(model: Model): boolean {
  const root = model.get('') as Node;
  const { mode, uid, gid, mtime, xattrs } = root;
  return isDeepStrictEqual(
    { mode, uid, gid, mtime, xattrs },
    { mode: 0o755, uid: 0, gid: 0, mtime: { seconds: 0, nanoseconds: 0 }, xattrs: {} },
  );
}

function ancestorsOf(path: string): string[] {
  return path === '' ? [] : [parentOf(path), ...ancestorsOf(parentOf(path))];
}

function walkKey(path: string): string {
  return byteStringOf(path).replaceAll('/', '\0');
}

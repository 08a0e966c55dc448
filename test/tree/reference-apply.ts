/**
 * Rules 1 to 6 and 9 of applying layers, written down a second time from their text: a map from path to node, copied for
 * every layer, every name resolved by walking its components. Simple and slow, and nothing of the engine is used.
 */
import { type ByteString, type ErrorCode, fromText } from '../../src/base/index.ts';
import { directory, type EntrySpec } from '../../src/testing/index.ts';
import { expectedListing, type TreeListing } from '../cases/index.ts';

export type Policy = 'replace' | 'follow' | 'error';

/** What an image gives: a tree or the code of its error. */
export type Outcome = { readonly tree: TreeListing } | { readonly error: ErrorCode };

/** An inode; the same object under two paths is a link group. */
type Node = { readonly entry: EntrySpec };
/** Every path, without a leading "/"; the root is the empty path. */
type Paths = Map<string, Node>;

/** A layer being applied: the tree as it stands and the paths this layer has placed. */
interface Work {
  readonly paths: Paths;
  readonly own: Set<string>;
  readonly policy: Policy;
}

interface Markers {
  /** Paths that go with all below them. */
  readonly gone: ReadonlySet<string>;
  /** Directories that lose all below them. */
  readonly emptied: ReadonlySet<string>;
}

/** An error of the rules, by its code. */
class Refused extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode) {
    super(code);
    this.code = code;
  }
}

/** Applies layers, bottom first. */
export function referenceApply(layers: readonly (readonly EntrySpec[])[], policy: Policy = 'replace'): Outcome {
  try {
    for (const entry of layers.flat()) checkNames(entry);
    let paths: Paths = new Map([['', { entry: directory('.', { mtime: 0 }) }]]);
    for (const layer of layers) paths = applyLayer(paths, layer, policy);
    return { tree: listingOf(paths) };
  } catch (error) {
    if (error instanceof Refused) return { error: error.code };
    throw error;
  }
}

function applyLayer(lower: Paths, layer: readonly EntrySpec[], policy: Policy): Paths {
  const { gone, emptied } = locateMarkers(lower, layer, policy);
  const paths: Paths = new Map(lower);
  for (const path of gone) removeWithSubtree(paths, path);
  for (const path of emptied) removeBelow(paths, path);
  const work: Work = { paths, own: new Set(), policy };
  for (const [at, entry] of layer.entries()) applyEntry(work, entry, layer.slice(at + 1));
  for (const path of paths.keys()) if (path.startsWith('.wh..wh.')) paths.delete(path);
  return paths;
}

/**
 * A marker acts on the lower tree, but stands where the links that its layer placed before it lead. So the layer is laid
 * over the lower tree once to see where each marker stands; what is refused then is refused later in earnest.
 */
function locateMarkers(lower: Paths, layer: readonly EntrySpec[], policy: Policy): Markers {
  const trial: Work = { paths: new Map(lower), own: new Set(), policy: policy === 'error' ? 'replace' : policy };
  const gone = new Set<string>();
  const emptied = new Set<string>();
  for (const entry of layer) {
    const { parents, last } = split(entry.name);
    if (!isMarker(last)) {
      attempt(() => applyEntry(trial, entry, []));
      continue;
    }
    const parent = resolve(trial, parents, 'name') ?? '';
    if (lower.get(parent)?.entry.kind !== 'directory') continue;
    if (last === '.wh..wh..opq') emptied.add(parent);
    else gone.add(join(parent, last.slice('.wh.'.length)));
  }
  return { gone, emptied };
}

function applyEntry(work: Work, entry: EntrySpec, later: readonly EntrySpec[]): void {
  const { parents, last } = split(entry.name);
  if (isMarker(last) || isIgnored(parents, last)) return;
  if (last === '') {
    if (entry.kind !== 'directory') throw new Refused('ROOT_NOT_DIRECTORY');
    work.paths.set('', { entry });
    return;
  }
  const node = entry.kind === 'hardlink' ? linkedNode(work, entry, later) : { entry };
  const parent = resolve(work, parents, 'imply') ?? '';
  place(work, join(parent, last), node);
}

/** Finds what a link entry binds to, before anything is touched. */
function linkedNode(work: Work, entry: EntrySpec, later: readonly EntrySpec[]): Node {
  const target = split(entry.linkName);
  const found = lookUp(work, target);
  if (found === undefined) {
    throw new Refused(isNamedLater(work, target, later) ? 'LINK_TARGET_LATER' : 'LINK_TARGET_MISSING');
  }
  if (found.node.entry.kind === 'directory') throw new Refused('LINK_TO_DIRECTORY');
  const trial: Work = { ...work, paths: new Map(work.paths), own: new Set(work.own) };
  const name = split(entry.name);
  if (found.path === join(resolve(trial, name.parents, 'imply') ?? '', name.last)) throw new Refused('LINK_TO_SELF');
  return found.node;
}

function isNamedLater(work: Work, target: Name, later: readonly EntrySpec[]): boolean {
  const pathOf = ({ parents, last }: Name): string | undefined =>
    attempt(() => join(resolve(work, parents, 'name') ?? '', last));
  const wanted = pathOf(target);
  return later
    .map(({ name }) => split(name))
    .some((name) => !isMarker(name.last) && !isIgnored(name.parents, name.last) && pathOf(name) === wanted);
}

function lookUp(work: Work, { parents, last }: Name): { path: string; node: Node } | undefined {
  const parent = resolve(work, parents, 'find');
  if (parent === undefined) return undefined;
  const path = last === '' ? '' : join(parent, last);
  const node = work.paths.get(path);
  return node && { path, node };
}

function place(work: Work, path: string, node: Node): void {
  const old = work.paths.get(path);
  const bothDirectories = old?.entry.kind === 'directory' && node.entry.kind === 'directory';
  if (!bothDirectories) remove(work, path);
  work.paths.set(path, node);
  work.own.add(path);
}

/** What becomes of parents that are missing or no directories: made, a reason to give up, or taken as written. */
type Missing = 'imply' | 'find' | 'name';

/** The path of the directory that the parents of a name lead to. */
function resolve(work: Work, parents: readonly string[], missing: Missing): string | undefined {
  const resolved = followLinks(work, parents);
  let path = '';
  for (const part of missing === 'name' ? [] : resolved.split('/').filter((one) => one !== '')) {
    path = join(path, part);
    if (work.paths.get(path)?.entry.kind === 'directory') continue;
    if (missing === 'find') return undefined;
    imply(work, path);
  }
  return resolved;
}

function followLinks({ paths, own, policy }: Work, parents: readonly string[]): string {
  const rest = [...parents];
  let current = '';
  let links = 0;
  for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
    if (part === '' || part === '.') continue;
    const path = part === '..' ? current.slice(0, Math.max(current.lastIndexOf('/'), 0)) : join(current, part);
    const entry = part === '..' ? undefined : paths.get(path)?.entry;
    if (entry?.kind === 'symlink' && (own.has(path) || policy === 'follow')) {
      if (++links > 40) throw new Refused('SYMLINK_LOOP');
      if (entry.linkName.startsWith('/')) current = '';
      rest.unshift(...entry.linkName.split('/'));
    } else {
      current = path;
    }
  }
  return current;
}

function imply(work: Work, path: string): void {
  if (work.paths.has(path) && work.policy === 'error') throw new Refused('CONFLICT_REFUSED');
  checkName(`${path}/x`);
  place(work, path, { entry: directory('implied', { mtime: 0 }) });
}

function remove(work: Work, path: string): void {
  for (const own of work.own) if (own === path || own.startsWith(`${path}/`)) work.own.delete(own);
  removeWithSubtree(work.paths, path);
}

function removeWithSubtree(paths: Paths, path: string): void {
  removeBelow(paths, path);
  paths.delete(path);
}

function removeBelow(paths: Paths, path: string): void {
  for (const other of paths.keys()) {
    if (other !== '' && (path === '' || other.startsWith(`${path}/`))) paths.delete(other);
  }
}

interface Name {
  readonly parents: readonly string[];
  /** Empty for the root. */
  readonly last: string;
}

function split(name: string): Name {
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  const last = parts.pop() ?? '';
  return { parents: parts, last };
}

function checkNames(entry: EntrySpec): void {
  checkName(entry.name);
  const { parents, last } = split(entry.name);
  if (entry.kind === 'hardlink' && !isMarker(last) && !isIgnored(parents, last)) {
    if (entry.linkName === '') throw new Refused('LINK_TEXT_INVALID');
    checkName(entry.linkName);
  }
}

function checkName(name: string): void {
  if (name === '') throw new Refused('NAME_EMPTY');
  if (name.split('/').includes('..')) throw new Refused('NAME_ESCAPES');
  const { parents, last } = split(name);
  if ([...parents, last.replace(/^\.wh\./, '')].some((part) => part.length > 255)) throw new Refused('NAME_TOO_LONG');
  for (const [depth, part] of parents.entries()) {
    if (part.startsWith('.wh.') && !(depth === 0 && passing.includes(part))) throw new Refused('NAME_RESERVED');
  }
  if (['.wh.', '.wh..', '.wh...'].includes(last)) throw new Refused('WHITEOUT_INVALID');
}

const passing = ['.wh..wh.plnk', '.wh..wh.orph'];

function isMarker(last: string): boolean {
  return last === '.wh..wh..opq' || (last.startsWith('.wh.') && !last.startsWith('.wh..wh.'));
}

function isIgnored(parents: readonly string[], last: string): boolean {
  if (!last.startsWith('.wh..wh.')) return false;
  return parents.length > 0 || ![...passing, '.wh..wh.aufs'].includes(last);
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}/${name}`;
}

/** The rules' errors aside: what cannot be done is passed over. */
function attempt<T>(action: () => T): T | undefined {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

function listingOf(paths: Paths): TreeListing {
  const first = new Map<Node, string>();
  const bodies: EntrySpec[] = [];
  const links: EntrySpec[] = [];
  for (const [path, node] of paths) {
    const name = path === '' ? fromText('.') : (path as ByteString);
    const body = first.get(node);
    if (body === undefined) bodies.push({ ...node.entry, name });
    else links.push({ ...node.entry, kind: 'hardlink', name, linkName: body as ByteString });
    first.set(node, body ?? path);
  }
  return expectedListing([...bodies, ...links]);
}

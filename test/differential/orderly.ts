/**
 * Stacks of layers in which no sentence of "Where overlay runtimes show something else" (docs/layer-semantics.md) and
 * none of what is known of umoci 0.4.7 can come to bear: made from arbitrary ones by leaving out entries and adding parents.
 */
import type { ByteString, Timestamp } from '../../src/base/index.ts';
import { charDevice, directory, type EntrySpec } from '../../src/testing/index.ts';
import type { Facts, TreeListing } from '../cases/index.ts';
import { referenceApply } from '../tree/reference-apply.ts';

/** What each sentence makes the layers do without. */
export const restrictions = [
  'a marker stands in a directory that the layers below have: elsewhere a runtime makes that directory',
  'every parent is listed with the attributes it has: a parent that is not listed loses them there',
  'a link entry has the attributes of its target: they are applied there',
  'there is no character device 0:0, which is a whiteout there',
  'there is no opaque marker in the root, which is ignored there',
  'links stay within their layer: one to a lower layer is refused there',
  'no name is removed and added, or added twice, in one layer: that is refused there or leaks lower files',
  'no marker stands in or below an opaque directory: it leaves a ghost there',
  'no parent is a symbolic link: umoci follows those of lower layers',
  'no time is before 1970: it becomes 1970 there',
  'no xattr is empty: umoci drops it',
] as const;

/** A layer in the making, over the tree below it. */
interface Draft {
  readonly lower: TreeListing;
  readonly entries: EntrySpec[];
  readonly own: Map<string, EntrySpec>;
  readonly removed: Set<string>;
  readonly opaque: Set<string>;
}

export function orderly(layers: readonly (readonly EntrySpec[])[]): EntrySpec[][] {
  const done: EntrySpec[][] = [];
  for (const layer of layers) {
    const below = referenceApply(done);
    if ('error' in below) throw new Error(`an orderly stack gives ${below.error}`);
    done.push(orderlyLayer(below.tree, layer));
  }
  return done;
}

function orderlyLayer(lower: TreeListing, layer: readonly EntrySpec[]): EntrySpec[] {
  const draft: Draft = { lower, entries: [], own: new Map(), removed: new Set(), opaque: new Set() };
  for (const entry of layer) {
    const path = entry.name.split('/').filter((part) => part !== '' && part !== '.');
    if (path.length === 0) continue;
    if (path.at(-1)?.startsWith('.wh.') === true) addMarker(draft, entry, path);
    else addEntry(draft, entry, path);
  }
  return draft.entries;
}

function addEntry(draft: Draft, entry: EntrySpec, path: readonly string[]): void {
  const name = path.join('/');
  const target = entry.kind === 'hardlink' ? draft.own.get(plain(entry.linkName)) : undefined;
  const isTaken = draft.own.has(name) || draft.removed.has(name);
  if (isTaken || (entry.kind === 'hardlink' && !isLinkable(target)) || !addParents(draft, path)) return;
  if (target) put(draft, name, { ...entry, ...attributesOf(target), linkName: plain(entry.linkName) as ByteString });
  else put(draft, name, { ...ordinary(entry), name: name as ByteString });
}

function addMarker(draft: Draft, entry: EntrySpec, path: readonly string[]): void {
  const last = path.at(-1) ?? '';
  const parent = path.slice(0, -1).join('/');
  const isOpaque = last === '.wh..wh..opq';
  const name = isOpaque ? parent : [...path.slice(0, -1), last.slice('.wh.'.length)].join('/');
  const below = parent === '' ? 'directory' : draft.lower.get(parent as ByteString)?.kind;
  if (below !== 'directory' || isBelowAny(parent, draft.opaque)) return;
  if (isOpaque && (parent === '' || [...draft.removed].some((removed) => isBelow(removed, parent)))) return;
  if (!isOpaque && (draft.own.has(name) || draft.removed.has(name))) return;
  if (!addParents(draft, path)) return;
  (isOpaque ? draft.opaque : draft.removed).add(name);
  draft.entries.push({ ...entry, name: path.join('/') as ByteString });
}

/** Lists every parent that is not listed yet; false where one is removed or something else in this layer. */
function addParents(draft: Draft, path: readonly string[]): boolean {
  const parents = path.slice(0, -1).map((_, depth) => path.slice(0, depth + 1).join('/'));
  if (parents.some((parent) => draft.removed.has(parent))) return false;
  if (parents.some((parent) => draft.own.has(parent) && draft.own.get(parent)?.kind !== 'directory')) return false;
  for (const parent of parents) {
    if (!draft.own.has(parent))
      put(draft, parent, directory(parent, attributesBelow(draft.lower.get(parent as ByteString))));
  }
  return true;
}

function put(draft: Draft, name: string, entry: EntrySpec): void {
  draft.entries.push(entry);
  draft.own.set(name, entry);
}

function ordinary(entry: EntrySpec): EntrySpec {
  const isWhiteout = entry.kind === 'char' && entry.deviceMajor === 0 && entry.deviceMinor === 0;
  const own = isWhiteout ? charDevice(entry.name, 1, 3) : entry;
  const xattrs = new Map([...(own.xattrs ?? [])].filter(([, value]) => value.length > 0));
  return { ...own, xattrs, mtime: { ...own.mtime, seconds: Math.max(own.mtime.seconds, 0) } };
}

function attributesOf({ mode, uid, gid, mtime, xattrs }: EntrySpec): Partial<EntrySpec> {
  return { mode, uid, gid, mtime, xattrs };
}

function attributesBelow(facts: Facts | undefined): NonNullable<Parameters<typeof directory>[1]> {
  if (facts?.kind !== 'directory') return {};
  const { mode, uid, gid, mtime, xattrs } = facts;
  const values = xattrs.map(([name, hex]) => [name, Buffer.from(hex, 'hex')] as const);
  return { mode, uid, gid, mtime: timeOf(mtime), xattrs: Object.fromEntries(values) };
}

function timeOf(listed: string): Timestamp {
  const [seconds, nanoseconds] = listed.split('.');
  return { seconds: Number(seconds), nanoseconds: Number(nanoseconds) };
}

function isLinkable(target: EntrySpec | undefined): boolean {
  return target !== undefined && target.kind !== 'directory' && target.kind !== 'hardlink';
}

function isBelowAny(path: string, directories: ReadonlySet<string>): boolean {
  return [...directories].some((one) => path === one || isBelow(path, one));
}

function isBelow(path: string, above: string): boolean {
  return path.startsWith(`${above}/`);
}

function plain(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

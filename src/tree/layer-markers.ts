/** Whiteouts and opaque markers: rule 2 of docs/layer-semantics.md. */
import { type ByteString, HoldfastError, type Note } from '../base/index.ts';
import type { EntryTable } from './entry-table.ts';
import { LayerPlacement, type PlacementOptions } from './layer-placement.ts';
import { attempt } from './refused-row.ts';
import { joinPath } from './tree.ts';
import type { OwnedChildren, TreeEdit } from './tree-edit.ts';

/** A marker with the directory it acts in, by names that no link of the layer redirects any more. */
interface Marker {
  readonly directory: readonly ByteString[];
  /** The name to remove; undefined for an opaque marker, which removes everything in the directory. */
  readonly removes: ByteString | undefined;
}

/** Applies every marker of a layer to the tree below it, wherever it stands in the archive. */
export function applyMarkers(edit: TreeEdit, table: EntryTable, layer: number, options: PlacementOptions): void {
  for (const marker of readMarkers(edit, table, layer, options)) {
    if (applyMarker(edit, marker)) continue;
    const directory = marker.directory.join('/') as ByteString;
    const path = marker.removes === undefined ? directory : joinPath(directory, marker.removes);
    options.onNote({ code: 'MARKER_WITHOUT_EFFECT', layer, path } satisfies Note);
  }
}

function applyMarker(edit: TreeEdit, marker: Marker): boolean {
  const above = marker.removes === undefined ? marker.directory.slice(0, -1) : marker.directory;
  const children = enterByName(edit, above);
  if (children === undefined) return false;
  if (marker.removes !== undefined) {
    children.delete(marker.removes);
    return true;
  }
  const name = marker.directory.at(-1);
  if (name === undefined) edit.rootChildren.clear();
  else if (children.get(name)?.children) edit.clearDirectory(children, name);
  else return false;
  return true;
}

function enterByName(edit: TreeEdit, names: readonly ByteString[]): OwnedChildren | undefined {
  let children = edit.rootChildren;
  for (const name of names) {
    const child = children.get(name);
    if (!child?.children) return undefined;
    children = edit.enter(children, name, child);
  }
  return children;
}

/** Collects the markers; they are resolved through the links that the layer places before them. */
function readMarkers(edit: TreeEdit, table: EntryTable, layer: number, options: PlacementOptions): Marker[] {
  const resolver = needsTrial(table, options) ? trialOf(edit, table, layer, options) : undefined;
  const markers: Marker[] = [];
  for (let row = 0; row < table.length; row++) {
    const kind = table.kind(row);
    if (kind === 'whiteout' || kind === 'opaque') {
      const read = (): unknown => markers.push(readMarker(table.name(row), kind, resolver));
      if (options.onRefused === undefined) read();
      else attempt({ layer, row }, options.onRefused, read);
    } else if (resolver) tryToPlace(resolver, row);
  }
  return markers;
}

function readMarker(path: ByteString, kind: 'whiteout' | 'opaque', resolver: LayerPlacement | undefined): Marker {
  const slash = kind === 'opaque' ? path.length : path.lastIndexOf('/');
  const parent = path.slice(0, Math.max(slash, 0)) as ByteString;
  const written = parent === '' ? [] : (parent.split('/') as ByteString[]);
  const directory = resolver === undefined || parent === '' ? written : resolver.resolveNames(parent);
  return { directory, removes: kind === 'opaque' ? undefined : (path.slice(slash + 1) as ByteString) };
}

/** Whether some marker may stand behind a link: only then is the layer placed once on trial to find out. */
function needsTrial(table: EntryTable, options: PlacementOptions): boolean {
  let linksSoFar = options.onConflict === 'follow';
  for (let row = 0; row < table.length; row++) {
    const kind = table.kind(row);
    if (kind === 'symlink' || kind === 'hardlink') linksSoFar = true;
    else if (linksSoFar && kind === 'opaque' && table.name(row) !== '') return true;
    else if (linksSoFar && kind === 'whiteout' && table.name(row).includes('/')) return true;
  }
  return false;
}

/** A conflict with what a marker of the layer removes is none; the layer is placed in earnest without it. */
function trialOf(edit: TreeEdit, table: EntryTable, layer: number, options: PlacementOptions): LayerPlacement {
  const onConflict = options.onConflict === 'follow' ? 'follow' : 'replace';
  return new LayerPlacement(edit.fork(), table, layer, { ...options, onConflict, onNote: () => {} });
}

/** What cannot be placed is reported when the layer is placed in earnest. */
function tryToPlace(placement: LayerPlacement, row: number): void {
  try {
    placement.place(row);
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
  }
}

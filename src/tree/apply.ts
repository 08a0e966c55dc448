/** Lays layers over trees: the reference semantics, in memory. */
import { type ByteString, defaultLimits, HoldfastError, type Limits, type Note } from '../base/index.ts';
import type { EntryTable } from './entry-table.ts';
import { applyMarkers } from './layer-markers.ts';
import { aufsNames } from './layer-name.ts';
import { LayerPlacement, type OnConflict, type PlacementOptions } from './layer-placement.ts';
import { attempt, type OnRefused } from './refused-row.ts';
import { emptyTree, type Tree } from './tree.ts';
import { TreeEdit } from './tree-edit.ts';

export interface ApplyOptions {
  /** `replace` unless given. */
  readonly onConflict?: OnConflict;
  readonly limits?: Pick<Limits, 'maxDepth' | 'maxEntries'>;
  readonly onNote?: (note: Note) => void;
  /** For messages: the digests of the layers, in the order of the tables. */
  readonly layerDigests?: readonly string[];
  /** For whoever looks for what is wrong with layers: what cannot be placed is told and left out instead of thrown. */
  readonly onRefused?: OnRefused;
}

/**
 * Lays one layer over a tree. The lower tree stays as it is.
 * @throws the codes of {@link applyLayers}
 */
export function applyLayer(lower: Tree, layer: EntryTable, options: ApplyOptions = {}): Tree {
  return applyLayers([layer], options, lower);
}

/**
 * Lays layers over a tree, bottom first. Either every layer fits or nothing is returned.
 * @throws LINK_TARGET_MISSING, LINK_TARGET_LATER, LINK_TO_DIRECTORY, LINK_TO_SELF, SYMLINK_LOOP, NAME_RESERVED,
 * NAME_TOO_LONG, ROOT_NOT_DIRECTORY, CONFLICT_REFUSED, LIMIT_EXCEEDED
 */
export function applyLayers(layers: readonly EntryTable[], options: ApplyOptions = {}, lower: Tree = emptyTree): Tree {
  const edit = new TreeEdit(lower);
  const { onConflict = 'replace', limits = defaultLimits, onNote = () => {}, onRefused } = options;
  const entries = layers.reduce((sum, { length }) => sum + length, 0);
  const placementOptions = { onConflict, limits, entries, onNote, onRefused };
  for (const [index, layer] of layers.entries()) {
    const number = lower.layers + index + 1;
    try {
      applyInto(edit, layer, number, placementOptions);
    } catch (error) {
      const digest = options.layerDigests?.[index];
      throw error instanceof HoldfastError && digest !== undefined ? error.inLayer({ number, digest }) : error;
    }
  }
  return edit.finish(lower.layers + layers.length);
}

function applyInto(edit: TreeEdit, layer: EntryTable, number: number, options: PlacementOptions): void {
  applyMarkers(edit, layer, number, options);
  const placement = new LayerPlacement(edit, layer, number, options);
  for (let row = 0; row < layer.length; row++) {
    const kind = layer.kind(row);
    if (kind === 'whiteout' || kind === 'opaque') continue;
    if (options.onRefused === undefined) placement.place(row);
    else attempt({ layer: number, row }, options.onRefused, () => placement.place(row));
  }
  for (const name of aufsNames) edit.rootChildren.delete(name as ByteString);
}

/** Reads repaired layers back, and compares what they give with what they should, byte for byte. */
import { tmpdir } from 'node:os';
import { HoldfastError, type Limits, type OperationOptions, toDisplayText } from '../base/index.ts';
import type { LayerBodies, LayerState } from '../edit/index.ts';
import { host, openUnnamedFile } from '../host/index.ts';
import { type OpenBody, layerRange, readLayers, streamBodies } from '../layer/index.ts';
import { applyLayer, diffTrees, type EntryTable, type Inode, type Tree, type TreeDiff } from '../tree/index.ts';
import type { Aim } from './choose-repair.ts';

export interface ProofOptions extends OperationOptions {
  readonly limits: Limits;
  readonly jobs?: number;
}

/** The proof that an image gives the tree it should: layer by layer with all content, and at the end as a whole. */
export class Proof {
  readonly #bodies: LayerBodies;
  readonly #options: ProofOptions;
  /** What the rows of repaired layers were found to have the content of. */
  readonly #contents = new Map<EntryTable, Map<number, string>>();
  readonly #tables: EntryTable[] = [];

  /** @param bodies which have the content of all layers that repairs take from */
  constructor(bodies: LayerBodies, options: ProofOptions) {
    this.#bodies = bodies;
    this.#options = options;
  }

  /** A layer that stays. They are to be told in order. */
  keep(table: EntryTable): void {
    this.#tables.push(table);
  }

  /** @throws FIX_UNPROVEN, HOST_REFUSED; the codes of `readLayers` cannot be */
  async check(written: LayerState, stored: number, number: number, { lower, tree }: Aim): Promise<void> {
    const file = openUnnamedFile(tmpdir());
    try {
      const table = await this.#readBack(written, stored, number, file);
      const contents = new Map<number, string>();
      this.#contents.set(table, contents);
      this.#tables.push(table);
      // Each has a buffer, which is large.
      const [openWanted, openFound] = [this.#bodies.open, streamBodies((inode) => layerRange(inode, () => file))];
      const sameContent = (wanted: Inode, found: Inode): boolean => {
        if (found.table !== table) return keyOf(wanted) === keyOf(found);
        const isSame = sameMap(wanted, found) && sameBytes(openWanted, wanted, openFound, found);
        if (isSame) contents.set(found.row, keyOf(wanted));
        return isSame;
      };
      const given = applyLayer(lower, table, { limits: this.#options.limits });
      requireEqual(diffTrees(tree, given, { sameContent }), number);
    } finally {
      host.close(file);
    }
  }

  /** All layers over each other, from the bottom. @throws FIX_UNPROVEN */
  finish(wanted: Tree, lay: (tables: readonly EntryTable[]) => Tree): void {
    const sameContent = (a: Inode, b: Inode): boolean =>
      keyOf(a) === (this.#contents.get(b.table)?.get(b.row) ?? keyOf(b));
    requireEqual(diffTrees(wanted, lay(this.#tables), { sameContent }), this.#tables.length);
  }

  async #readBack(written: LayerState, stored: number, number: number, file: number): Promise<EntryTable> {
    const { digest, size, mediaType, diffId } = written;
    const open = async () => ({ file: stored, offset: 0 });
    const source = { number, digest, size, mediaType, diffId, open };
    const { limits, signal, jobs } = this.#options;
    const options = { limits, jobs, ...(signal && { signal }) };
    const [read] = await readLayers([source], () => ({ kind: 'stream', file }), options);
    if (read === undefined) throw new HoldfastError('BUG', { message: 'a layer was not read' });
    return read.index.table;
  }
}

/** Where the content of a file of the original image is. */
function keyOf({ table, row, layer }: Inode): string {
  return `${layer}:${table.dataOffset(row)}`;
}

function sameMap({ sparse: a }: Inode, { sparse: b }: Inode): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Both give chunks of a mebibyte. */
function sameBytes(openA: OpenBody, a: Inode, openB: OpenBody, b: Inode): boolean {
  const [chunksA, chunksB] = [openA(a), openB(b)];
  if (!(Symbol.iterator in chunksA) || !(Symbol.iterator in chunksB)) return false;
  const others = chunksB[Symbol.iterator]();
  for (const chunk of chunksA) {
    const other = others.next();
    if (other.done === true || Buffer.compare(chunk, other.value) !== 0) return false;
  }
  return others.next().done === true;
}

function requireEqual({ changes, formed, dissolved }: TreeDiff, layer: number): void {
  const [change] = changes;
  const group = formed[0] ?? dissolved[0];
  if (change === undefined && group === undefined) return;
  const reason =
    change === undefined
      ? `the links of ${(group?.paths ?? []).slice(0, 3).map(toDisplayText).join(', ')}`
      : `${toDisplayText(change.path)} is ${change.change}`;
  throw new HoldfastError('FIX_UNPROVEN', { layer, reason });
}

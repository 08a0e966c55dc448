/** The content of trees that were made in memory, whichever layers their inodes come from. */
import { tarOf, type EntrySpec } from '../../src/testing/index.ts';
import { applyLayers, type EntryTable, type Inode, type Tree } from '../../src/tree/index.ts';
import { type IndexedLayer, indexLayer, listingWith, type Run } from '../cases/apply-in-memory.ts';
import type { TreeListing } from '../cases/index.ts';

/** Remembers the data of every layer that went through it. */
export class Contents {
  readonly #layers = new Map<EntryTable, IndexedLayer>();

  /** A layer as a table. */
  index(tar: Buffer): EntryTable {
    const layer = indexLayer(tar);
    this.#layers.set(layer.table, layer);
    return layer.table;
  }

  /** The table of one layer of these entries. */
  indexOf(entries: readonly EntrySpec[]): EntryTable {
    return this.index(tarOf(entries));
  }

  /** The tree that layers give, bottom first. */
  treeOf(...layers: readonly (readonly EntrySpec[] | Buffer)[]): Tree {
    return applyLayers(layers.map((layer) => this.index(Buffer.isBuffer(layer) ? layer : tarOf(layer as EntrySpec[]))));
  }

  /** @param contentOf the inode that says where the content of another one is */
  listing(tree: Tree, contentOf: (inode: Inode) => Inode = (inode) => inode): TreeListing {
    return listingWith(tree, (inode) => this.#runs(contentOf(inode)));
  }

  /** The stored data of a file, in the pieces in which it was read. */
  readonly open = (inode: Inode): Uint8Array[] => this.#runs(inode).map(({ bytes }) => bytes);

  readonly same = (a: Inode, b: Inode): boolean => this.#whole(a).equals(this.#whole(b));

  #runs(inode: Inode): readonly Run[] {
    return this.#layers.get(inode.table)?.data.get(inode.row) ?? [];
  }

  #whole(inode: Inode): Buffer {
    const whole = Buffer.alloc(inode.size);
    for (const { position, bytes } of this.#runs(inode)) whole.set(bytes, position);
    return whole;
  }
}

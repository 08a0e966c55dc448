/** What is copied from: an image, opened with the rest of the edit, or any other tree. */
import type { ImageSource, Image } from '../image/index.ts';
import { imageIn, isIndex, resolvePlatform } from '../image/index.ts';
import { defaultLimits, type Note } from '../base/index.ts';
import { LayerBodies, type Workshop } from '../edit/index.ts';
import type { OpenBody } from '../layer/index.ts';
import type { Platform } from '../oci/index.ts';
import { atLayer, loadRootfs } from '../rootfs/index.ts';
import type { ScanProblem } from '../scan/index.ts';
import type { EntryTable, Inode, Tree } from '../tree/index.ts';
import { refuseLossyDirectory } from '../record/index.ts';
import { openTree, type OpenTreeOptions, parseTreeReference, refuseUnknownFacts } from '../trees/index.ts';

export interface SourceTree {
  readonly tree: Tree;
  readonly notes: readonly Note[];
  /** What stands there and is not, or not wholly, in the tree. */
  readonly problems: readonly ScanProblem[];
  /** Of an image: what its layers are in an edit, and what is in them, bottom first. */
  readonly layered?: { readonly source: ImageSource; readonly image: Image; readonly tables: readonly EntryTable[] };
  /** Only what has the content of these files is read. @throws the codes of layers, HOST_REFUSED */
  openBodies(inodes: readonly Inode[]): Promise<OpenBody>;
}

export interface SourceTreeOptions extends Omit<OpenTreeOptions, 'platform' | 'onConflict'> {
  readonly from: string;
}

/** Opens each tree once; they are closed with the edit. */
export class SourceTrees {
  readonly #workshop: Workshop;
  readonly #options: SourceTreeOptions;
  readonly #opened = new Map<string, Promise<SourceTree>>();

  constructor(workshop: Workshop, options: SourceTreeOptions) {
    this.#workshop = workshop;
    this.#options = options;
  }

  /**
   * Of an index, what is there for a platform.
   * @param platform of the image that is copied into; one that says nothing takes what is for this machine
   * @throws PLATFORM_NOT_FOUND, USAGE, every code of references, documents and layers
   */
  async open(platform: Platform): Promise<SourceTree> {
    const { from } = this.#options;
    if (parseTreeReference(from).kind !== 'image') return await this.#once('', () => this.#openOther());
    const source = await this.#workshop.open(from);
    const wanted = isIndex(source.root) && platform.os !== 'unknown' ? platform : undefined;
    const manifest = await resolvePlatform(source, wanted);
    return await this.#once(manifest.digest, async () => {
      const image = this.#workshop.closing.use(await imageIn(source, manifest, from));
      return await this.#openImage(source, image);
    });
  }

  async #once(key: string, open: () => Promise<SourceTree>): Promise<SourceTree> {
    const opening = this.#opened.get(key) ?? open();
    this.#opened.set(key, opening);
    return await opening;
  }

  async #openImage(source: ImageSource, whole: Image): Promise<SourceTree> {
    const { limits = defaultLimits, atLayer: count } = this.#options;
    const image = count === undefined ? whole : atLayer(whole, count);
    const { tree, indexes, notes } = await loadRootfs(image, this.#options);
    const bodies = new LayerBodies(image, { ...this.#options, limits });
    this.#workshop.closing.defer(() => bodies[Symbol.dispose]());
    return {
      tree,
      notes: notes.notes,
      problems: [],
      layered: { source, image, tables: indexes.map(({ table }) => table) },
      openBodies: async (inodes) => {
        await bodies.require(new Set(inodes.map(({ layer }) => layer)));
        return bodies.open;
      },
    };
  }

  async #openOther(): Promise<SourceTree> {
    const { from, ...options } = this.#options;
    const open = this.#workshop.closing.use(await openTree(from, { ...options, crossMounts: true }));
    refuseUnknownFacts(open);
    if (open.directory !== undefined) refuseLossyDirectory(open.directory);
    const { tree, notes, problems } = open;
    return { tree, notes, problems, openBodies: (inodes) => open.openBodies(inodes, options) };
  }
}

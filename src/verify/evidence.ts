/** What all faults together, and the layers, tell about where a fault comes from. */
import type { ByteString } from '../base/index.ts';
import { type Inode, lookup, parentPath, type Tree } from '../tree/index.ts';
import type { OpenTree } from '../trees/index.ts';
import { topmostAbsentLayer } from './absent-layers.ts';
import type { FaultKind, FoundFault } from './fault.ts';
import type { FoundFaults } from './find-faults.ts';
import { LayerRows } from './layer-rows.ts';

/** How the link groups of an image fared. */
export interface LinkTally {
  /** Groups of which at least two names are there. */
  readonly groups: number;
  /** Those of them whose names are all inodes of their own. */
  readonly split: number;
  /** Names that are links of another one, by their entries. */
  readonly links: number;
  /** Those of them that are missing. */
  readonly missing: number;
}

export class Evidence {
  readonly rows: LayerRows;
  readonly image: Tree;
  readonly tree: Tree;
  /** Layers of the image. */
  readonly layers: number;
  readonly links: LinkTally;
  /** From this layer up nothing is there; undefined where some of the top layer is. */
  readonly absentFrom: number | undefined;
  /** Names of the image that are from there up. */
  readonly absentNames: number;
  /** A directory from there up has a later time than it should: somebody removed or added a name. */
  readonly isChangedAbove: boolean;
  readonly comparesTimes: boolean;
  readonly isArchive: boolean;
  readonly isOfPodman: boolean;
  readonly #faults = new Map<ByteString, FoundFault[]>();
  readonly #digests: FoundFaults['digests'];

  constructor(image: OpenTree, tree: OpenTree, { compared, digests, faults }: FoundFaults) {
    for (const fault of faults) for (const path of fault.paths) this.#add(path, fault);
    this.rows = new LayerRows(image.layers ?? [], new Set(this.#faults.keys()));
    this.image = image.tree;
    this.tree = tree.tree;
    this.layers = image.layers?.length ?? 0;
    this.links = linkTally(compared, faults);
    this.absentFrom = topmostAbsentLayer(compared.namesByLayer, faults, this.layers);
    const { absentFrom = Infinity } = this;
    this.absentNames = compared.namesByLayer.slice(absentFrom).reduce<number>((sum, names = 0) => sum + names, 0);
    this.isChangedAbove = faults.some(
      (fault) => fault.kind === 'mtime' && (fault.image?.layer ?? 0) >= absentFrom && isLaterDirectory(fault),
    );
    this.comparesTimes = image.facts.mtime && tree.facts.mtime;
    this.isArchive = tree.live === undefined && tree.image === undefined && tree.container === undefined;
    this.isOfPodman = tree.container?.engine === 'podman';
    this.#digests = digests;
  }

  /** The fault of a kind at a path. */
  at(path: ByteString, kind: FaultKind): FoundFault | undefined {
    return this.#faults.get(path)?.find((fault) => fault.kind === kind);
  }

  /** Whether a live file holds what the image has under another name; undefined where the content was not read. */
  holds(tree: Inode, image: Inode): boolean | undefined {
    if (tree.size !== image.size) return false;
    const [found, expected] = [this.#digests.tree.get(tree), this.#digests.image.get(image)];
    return found === undefined || expected === undefined ? undefined : found === expected;
  }

  /** Names that were links of this one in some layer, and are other inodes by now. */
  formerAliases(path: ByteString): readonly Inode[] {
    const own = lookup(this.image, path);
    const others = this.rows.aliases(path).map((alias) => lookup(this.image, alias));
    return others.filter((inode) => inode !== undefined).filter((inode) => inode !== own);
  }

  /** The path that a symbolic link leads to, links on the way not followed. */
  linkTarget(path: ByteString, { linkText }: Inode): ByteString {
    const names = linkText.startsWith('/') ? [] : parentPath(path).split('/').filter(Boolean);
    for (const name of linkText.split('/')) {
      if (name === '..') names.pop();
      else if (name !== '' && name !== '.') names.push(name);
    }
    return names.join('/') as ByteString;
  }

  #add(path: ByteString, fault: FoundFault): void {
    const faults = this.#faults.get(path);
    if (faults) faults.push(fault);
    else this.#faults.set(path, [fault]);
  }
}

function isLaterDirectory({ image, tree }: FoundFault): boolean {
  return image?.children !== undefined && tree !== undefined && tree.mtime.seconds > image.mtime.seconds;
}

function linkTally({ imageLinks }: FoundFaults['compared'], faults: readonly FoundFault[]): LinkTally {
  let [groups, links] = [0, 0];
  for (const [image, names] of imageLinks) {
    if (names.length > 1) links += names.length - 1;
    if (names.filter(({ other }) => other?.kind === image.kind).length > 1) groups++;
  }
  const isWhole = ({ links: sets }: FoundFault): boolean => sets?.found.every(({ length }) => length === 1) === true;
  const split = faults.filter((fault) => fault.kind === 'links-split' && isWhole(fault)).length;
  const missing = faults
    .filter(({ kind }) => kind === 'links-missing')
    .reduce((total, { paths }) => total + paths.length, 0);
  return { groups, links, split, missing };
}

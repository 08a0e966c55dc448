/** Puts a whole tree into an open, empty directory: every name once, through handles, directories last to first. */
import fs from 'node:fs';
import type { ByteString } from '../base/index.ts';
import { type AttributePolicy, type FileIdentity, host, setAttributes } from '../host/index.ts';
import { type Inode, joinPath, linkGroups, sortedChildren, type Tree } from '../tree/index.ts';
import { checkPlaced } from './check-placed.ts';
import type { Loss } from './losses.ts';
import { type PlacedInode, type PlacedLoss, placeInode, type StagedBodies } from './place-inode.ts';

const { O_RDONLY, O_DIRECTORY } = fs.constants;

export interface PlaceOptions {
  /** The empty directory that becomes the root. */
  readonly root: number;
  /** A directory of the same file system for inodes that get several names. */
  readonly links: number;
  readonly bodies: StagedBodies;
  readonly policy: AttributePolicy;
  readonly signal?: AbortSignal | undefined;
  /** Called for every name once its inode is complete; without identity when it could not be created. */
  readonly onPlaced: (
    path: ByteString,
    inode: Inode,
    identity: FileIdentity | undefined,
    losses: readonly PlacedLoss[],
  ) => void;
}

/** A directory being filled. */
interface Frame {
  readonly path: ByteString;
  readonly inode: Inode;
  readonly handle: number;
  readonly parent: number | undefined;
  readonly name: ByteString;
  readonly children: readonly (readonly [ByteString, Inode])[];
  next: number;
}

/** A link group on its way: kept under a private name until its last name is placed. */
interface PendingGroup {
  readonly privateName: ByteString;
  readonly placed: PlacedInode;
  readonly paths: ByteString[];
  left: number;
}

/** Names placed between two looks at the event loop and the abort signal. */
const namesPerTurn = 1000;

/**
 * @returns what the file system does not hold as it should
 * @throws HOST_REFUSED, or the reason of the signal
 */
export async function placeTree(tree: Tree, options: PlaceOptions): Promise<Loss[]> {
  const placement = new TreePlacement(tree, options);
  try {
    while (placement.step(namesPerTurn)) {
      await new Promise((resolve) => setImmediate(resolve));
      options.signal?.throwIfAborted();
    }
    return placement.losses;
  } finally {
    placement.close();
  }
}

class TreePlacement {
  readonly losses: Loss[] = [];
  readonly #options: PlaceOptions;
  readonly #stack: Frame[];
  readonly #groupSizes: ReadonlyMap<Inode, number>;
  readonly #groups = new Map<Inode, PendingGroup>();

  constructor(tree: Tree, options: PlaceOptions) {
    this.#options = options;
    this.#groupSizes = new Map(linkGroups(tree).map(({ inode, paths }) => [inode, paths.length]));
    const empty = '' as ByteString;
    const root = { path: empty, inode: tree.root, handle: options.root, parent: undefined, name: empty, next: 0 };
    this.#stack = [{ ...root, children: sortedChildren(tree.root) }];
  }

  /** Places up to so many names; false when all are placed. */
  step(names: number): boolean {
    for (let count = 0; count < names; count++) {
      const frame = this.#stack.at(-1);
      if (frame === undefined) return false;
      const child = frame.children[frame.next++];
      if (child === undefined) this.#leave(frame);
      else if (child[1].children) this.#enter(frame, child[0], child[1]);
      else this.#placeName(frame, child[0], child[1]);
    }
    return true;
  }

  close(): void {
    for (const { handle, parent } of this.#stack) if (parent !== undefined) host.close(handle);
  }

  #enter(parent: Frame, name: ByteString, inode: Inode): void {
    host.makeDirectory(parent.handle, name, 0o700);
    const handle = host.open(parent.handle, name, O_RDONLY | O_DIRECTORY);
    const path = joinPath(parent.path, name);
    this.#stack.push({ path, inode, handle, parent: parent.handle, name, children: sortedChildren(inode), next: 0 });
  }

  #leave(frame: Frame): void {
    const refused = setAttributes({ file: frame.handle }, frame.inode, this.#options.policy);
    const identity = host.identifyOpen(frame.handle);
    this.#stack.pop();
    if (frame.parent !== undefined) host.close(frame.handle);
    this.#complete([frame.path], frame.inode, identity, refused);
  }

  #placeName(frame: Frame, name: ByteString, inode: Inode): void {
    const size = this.#groupSizes.get(inode);
    if (size !== undefined) return this.#placeLink(frame, name, inode, size);
    const placed = placeInode(inode, frame.handle, name, this.#options);
    const path = joinPath(frame.path, name);
    if (placed.exists) this.#complete([path], inode, host.identify(frame.handle, name), placed.losses);
    else this.#lose([path], inode, placed.losses);
  }

  #placeLink(frame: Frame, name: ByteString, inode: Inode, size: number): void {
    const group = this.#groups.get(inode) ?? this.#startGroup(inode, size);
    const { links } = this.#options;
    group.paths.push(joinPath(frame.path, name));
    group.left--;
    if (!group.placed.exists) {
      if (group.left === 0) this.#lose(group.paths, inode, group.placed.losses);
    } else if (group.left > 0) {
      host.makeLink(links, group.privateName, frame.handle, name);
    } else {
      host.rename(links, group.privateName, frame.handle, name);
      this.#complete(group.paths, inode, host.identify(frame.handle, name), group.placed.losses);
    }
    if (group.left === 0) this.#groups.delete(inode);
  }

  #startGroup(inode: Inode, size: number): PendingGroup {
    const privateName = `${inode.layer}.${inode.row}` as ByteString;
    const placed = placeInode(inode, this.#options.links, privateName, this.#options);
    const group = { privateName, placed, paths: [], left: size };
    this.#groups.set(inode, group);
    return group;
  }

  #complete(paths: readonly ByteString[], inode: Inode, identity: FileIdentity, refused: readonly PlacedLoss[]): void {
    const losses = [...refused, ...checkPlaced(identity, inode, this.#options.policy, refused)];
    for (const path of paths) this.#options.onPlaced(path, inode, identity, losses);
    for (const loss of losses) this.losses.push({ ...loss, path: paths[0] ?? ('' as ByteString) });
  }

  #lose(paths: readonly ByteString[], inode: Inode, losses: readonly PlacedLoss[]): void {
    for (const path of paths) {
      this.#options.onPlaced(path, inode, undefined, losses);
      for (const loss of losses) this.losses.push({ ...loss, path });
    }
  }
}

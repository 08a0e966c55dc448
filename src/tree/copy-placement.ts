/** Puts what a copy takes into a tree: "Copy" of docs/layer-semantics.md. */
import { type ByteString, HoldfastError, type Limits, limitFlags } from '../base/index.ts';
import type { CopiedInodes } from './copied-inodes.ts';
import type { CopySource } from './copy-sources.ts';
import type { Inode } from './inode.ts';
import type { InodeKind } from './kinds.ts';
import { checkComponentLength } from './layer-name.ts';
import type { OnConflict } from './layer-placement.ts';
import { resolveNames } from './resolve-names.ts';
import { joinPath, sortedChildren } from './tree.ts';
import type { OwnedChildren, TreeEdit } from './tree-edit.ts';

/** What was found at a path of the tree that is copied into, and what was done about it. */
export interface CopyFact {
  readonly path: ByteString;
  readonly found: 'nothing' | InodeKind;
  readonly done: 'made' | 'entered' | 'followed' | 'replaced';
}

export interface CopyPlacementOptions {
  readonly onConflict: OnConflict;
  readonly limits: Pick<Limits, 'maxEntries' | 'maxDepth'>;
  /** Judges paths relative to their source; everything below a directory goes with it. */
  readonly isExcluded: (path: ByteString, inode: Inode) => boolean;
}

/** A directory of the tree, by names without links. */
export interface Place {
  readonly path: ByteString;
  readonly children: OwnedChildren;
}

/** One name on its way into a directory. */
interface Task {
  readonly place: Place;
  readonly name: ByteString;
  readonly inode: Inode;
  /** Where it comes from, by a name without links. */
  readonly path: ByteString;
  /** The same, relative to its source. */
  readonly relative: ByteString;
}

/** As many names behind links as if every entry of an image passed through a few. */
const namesOfLinksPerEntry = 20;
const empty = '' as ByteString;

export class CopyPlacement {
  readonly facts: CopyFact[] = [];
  /** Paths that were there, where nothing may be replaced. */
  readonly conflicts: ByteString[] = [];
  readonly #edit: TreeEdit;
  readonly #copied: CopiedInodes;
  readonly #options: CopyPlacementOptions;

  constructor(edit: TreeEdit, copied: CopiedInodes, options: CopyPlacementOptions) {
    this.#edit = edit;
    this.#copied = copied;
    this.#options = options;
  }

  /** Enters a directory by name; what is missing is implied, and so is what is no directory. */
  enterByName(names: readonly ByteString[]): Place {
    this.#checkDepth(names.length, names.join('/') as ByteString);
    let place: Place = { path: empty, children: this.#edit.rootChildren };
    for (const name of names) place = this.#enterOrImply(place, name);
    return place;
  }

  /** Copies a source under a name; a directory gives what it holds. */
  place(place: Place, name: ByteString, { inode, path }: CopySource): void {
    this.#placeAll([{ place, name, inode, path, relative: inode.children ? empty : name }]);
  }

  /** Copies what a directory holds. */
  placeContent(place: Place, { inode, path }: CopySource): void {
    this.#placeAll(this.#contentTasks(place, { inode, path, relative: empty }));
  }

  /** A directory that stands above what is copied: made with the attributes of its source where there is none. */
  enterParent(place: Place, name: ByteString, source: Inode): Place {
    const existing = place.children.get(name);
    const directory = existing && this.#existingDirectory(place, name, existing);
    if (directory) return directory.enter();
    return this.#makeDirectory(place, name, source);
  }

  #enterOrImply(place: Place, name: ByteString): Place {
    const path = joinPath(place.path, name);
    const existing = place.children.get(name);
    if (existing?.children) {
      this.#note(path, existing, 'entered');
      return { path, children: this.#edit.enter(place.children, name, existing) };
    }
    checkComponentLength(name.length, path);
    this.#note(path, existing, existing ? 'replaced' : 'made');
    return { path, children: this.#edit.putImpliedDirectory(place.children, name) };
  }

  #placeAll(tasks: readonly Task[]): void {
    const stack = [...tasks].reverse();
    for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
      const { place, name, inode } = task;
      if (task.relative !== '' && this.#options.isExcluded(task.relative, inode)) continue;
      if (!inode.children) {
        this.#placeInode(task);
        continue;
      }
      stack.push(...this.#contentTasks(this.#placeDirectory(place, name, inode), task).reverse());
    }
  }

  #contentTasks(place: Place, from: Pick<Task, 'inode' | 'path' | 'relative'>): Task[] {
    return sortedChildren(from.inode).map(([name, inode]) => ({
      place,
      name,
      inode,
      path: joinPath(from.path, name),
      relative: joinPath(from.relative, name),
    }));
  }

  #placeInode({ place, name, inode, path }: Task): void {
    const existing = place.children.get(name);
    const target = joinPath(place.path, name);
    checkComponentLength(name.length, target);
    if (existing) this.#note(target, existing, 'replaced');
    const earlier = this.#copied.earlierCopy(inode, path);
    if (earlier) this.#edit.putLink(place.children, name, earlier);
    else this.#edit.putInode(place.children, name, this.#copied.attributesOf(inode));
    const copy = place.children.get(name);
    if (copy) this.#copied.remember(inode, path, copy);
  }

  #placeDirectory(place: Place, name: ByteString, source: Inode): Place {
    const existing = place.children.get(name);
    const directory = existing && this.#existingDirectory(place, name, existing);
    if (!directory) return this.#makeDirectory(place, name, source);
    directory.setAttributes(source);
    return directory.enter();
  }

  #makeDirectory(place: Place, name: ByteString, source: Inode): Place {
    const path = joinPath(place.path, name);
    checkComponentLength(name.length, path);
    const existing = place.children.get(name);
    this.#note(path, existing, existing ? 'replaced' : 'made');
    const children = this.#edit.putDirectory(place.children, name, this.#copied.attributesOf(source));
    return { path, children };
  }

  /** The directory at a name, or with `follow` the one that a link there leads to. */
  #existingDirectory(place: Place, name: ByteString, existing: Inode): ExistingDirectory | undefined {
    const path = joinPath(place.path, name);
    if (existing.children) {
      this.#note(path, existing, 'entered');
      return this.#directoryIn(place.children, name, path);
    }
    if (existing.kind !== 'symlink' || this.#options.onConflict !== 'follow') return undefined;
    const names = this.#resolve(path);
    const directory = names && this.#directoryAt(names);
    if (directory) this.#note(path, existing, 'followed');
    return directory;
  }

  #resolve(path: ByteString): readonly ByteString[] | undefined {
    try {
      const { names, namesOfLinks } = resolveNames(this.#edit.rootChildren, path, () => true);
      this.#checkNamesOfLinks(namesOfLinks, path);
      return names;
    } catch (error) {
      if (error instanceof HoldfastError && error.code === 'SYMLINK_LOOP') return undefined;
      throw error;
    }
  }

  #directoryAt(names: readonly ByteString[]): ExistingDirectory | undefined {
    const last = names.at(-1);
    if (last === undefined) return this.#rootDirectory();
    let above = this.#edit.rootChildren;
    for (const name of names.slice(0, -1)) {
      const child = above.get(name);
      if (!child?.children) return undefined;
      above = this.#edit.enter(above, name, child);
    }
    if (!above.get(last)?.children) return undefined;
    return this.#directoryIn(above, last, names.join('/') as ByteString);
  }

  #directoryIn(parent: OwnedChildren, name: ByteString, path: ByteString): ExistingDirectory {
    return {
      enter: () => ({ path, children: this.#edit.enter(parent, name, parent.get(name) as Inode) }),
      setAttributes: (source) => this.#edit.setAttributes(parent, name, this.#copied.attributesOf(source)),
    };
  }

  #rootDirectory(): ExistingDirectory {
    return {
      enter: () => ({ path: empty, children: this.#edit.rootChildren }),
      setAttributes: (source) => this.#edit.setRootAttributes(this.#copied.attributesOf(source)),
    };
  }

  #note(path: ByteString, existing: Inode | undefined, done: CopyFact['done']): void {
    this.facts.push({ path, found: existing?.kind ?? 'nothing', done });
    if (done === 'replaced' && this.#options.onConflict === 'error') this.conflicts.push(path);
  }

  #checkDepth(depth: number, path: ByteString): void {
    const { maxDepth } = this.#options.limits;
    if (depth > maxDepth) throw exceeded('path components', 'maxDepth', maxDepth, path);
  }

  #checkNamesOfLinks(names: number, path: ByteString): void {
    const limit = this.#options.limits.maxEntries * namesOfLinksPerEntry;
    if (this.#edit.countNamesOfLinks(names) <= limit) return;
    throw exceeded('names read in the texts of links', 'maxEntries', limit, path);
  }
}

interface ExistingDirectory {
  enter(): Place;
  setAttributes(source: Inode): void;
}

function exceeded(limit: string, flag: keyof typeof limitFlags, value: number, path: ByteString): HoldfastError {
  return new HoldfastError('LIMIT_EXCEEDED', { limit, flag: limitFlags[flag], value: String(value), path });
}

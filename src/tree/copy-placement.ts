/** Puts what a copy takes into a tree: "Copy" of docs/layer-semantics.md. */
import { type ByteString, HoldfastError, type Limits, limitFlags } from '../base/index.ts';
import type { CopiedInodes } from './copied-inodes.ts';
import type { CopySource } from './copy-sources.ts';
import type { Inode } from './inode.ts';
import type { InodeKind } from './kinds.ts';
import { checkComponentLength } from './layer-name.ts';
import type { OnConflict } from './layer-placement.ts';
import { type ResolvedNames, resolveNames } from './resolve-names.ts';
import { joinPath, sortedChildren } from './tree.ts';
import type { OwnedChildren, TreeEdit } from './tree-edit.ts';

/** What stands at a path of the tree that is copied into, and what was done about it. */
export interface CopyFact {
  readonly path: ByteString;
  readonly found: 'nothing' | InodeKind;
  /** `passed`: it was only looked at on the way to where a link leads. */
  readonly done: 'made' | 'entered' | 'followed' | 'passed' | 'replaced';
  /** Of a symbolic link whose target was looked for. */
  readonly linkText?: ByteString;
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
  /** It came with the copy: nothing of the tree is in it. */
  readonly isNew: boolean;
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
  /** It was asked for by name, and does not come with a directory. */
  readonly isSource?: boolean;
}

/** As many names behind links as if every entry of an image passed through a few. */
const namesOfLinksPerEntry = 20;
const empty = '' as ByteString;

export class CopyPlacement {
  readonly #facts = new Map<ByteString, CopyFact>();
  #names = 0;
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

  get facts(): readonly CopyFact[] {
    return [...this.#facts.values()];
  }

  /** The names that lead to DEST, without links where they are followed. @throws SYMLINK_LOOP */
  namesOf(dest: ByteString): readonly ByteString[] {
    return this.#options.onConflict === 'follow' ? this.#followed(dest).names : plainNames(dest);
  }

  /** Enters a directory by name; what is missing is implied, and so is what is no directory. */
  enterByName(names: readonly ByteString[]): Place {
    this.#checkDepth(names.length, names.join('/') as ByteString);
    let place: Place = { path: empty, children: this.#edit.rootChildren, isNew: false };
    for (const name of names) place = this.#enterOrImply(place, name);
    return place;
  }

  /** Copies a source under a name; a directory gives what it holds. */
  place(place: Place, name: ByteString, { inode, path }: CopySource): void {
    this.#placeAll([{ place, name, inode, path, relative: inode.children ? empty : name, isSource: true }]);
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
      return { path, children: this.#edit.enter(place.children, name, existing), isNew: place.isNew };
    }
    checkComponentLength(name.length, path);
    this.#note(path, existing);
    return { path, children: this.#edit.putImpliedDirectory(place.children, name), isNew: true };
  }

  #placeAll(tasks: readonly Task[]): void {
    const stack = [...tasks].reverse();
    for (let task = stack.pop(); task !== undefined; task = stack.pop()) {
      const { place, name, inode } = task;
      this.#countName(task.path);
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

  #placeInode({ place, name, inode, path, isSource = false }: Task): void {
    const existing = place.children.get(name);
    const target = joinPath(place.path, name);
    checkComponentLength(name.length, target);
    const mattersAlways = isSource || this.#options.onConflict === 'error';
    if (existing || (mattersAlways && !place.isNew)) this.#note(target, existing);
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
    if (existing || !place.isNew) this.#note(path, existing);
    const children = this.#edit.putDirectory(place.children, name, this.#copied.attributesOf(source));
    return { path, children, isNew: true };
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
    return names && this.#directoryAt(names);
  }

  #followed(path: ByteString): ResolvedNames {
    return resolveNames(this.#edit.rootChildren, path, () => true, {
      onName: (name, found) => this.#note(name, found, found?.kind === 'symlink' ? 'followed' : 'passed'),
    });
  }

  #resolve(path: ByteString): readonly ByteString[] | undefined {
    try {
      const { names, namesOfLinks } = this.#followed(path);
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
      enter: () => ({ path, children: this.#edit.enter(parent, name, parent.get(name) as Inode), isNew: false }),
      setAttributes: (source) => this.#edit.setAttributes(parent, name, this.#copied.attributesOf(source)),
    };
  }

  #rootDirectory(): ExistingDirectory {
    return {
      enter: () => ({ path: empty, children: this.#edit.rootChildren, isNew: false }),
      setAttributes: (source) => this.#edit.setRootAttributes(this.#copied.attributesOf(source)),
    };
  }

  /** What the copy itself has put there is no fact of the tree. */
  #note(path: ByteString, existing: Inode | undefined, done: CopyFact['done'] = existing ? 'replaced' : 'made'): void {
    if (done === 'replaced' && this.#options.onConflict === 'error') this.conflicts.push(path);
    const known = this.#facts.get(path)?.done;
    if (existing?.layer === this.#copied.layer || (known && known !== 'passed' && known !== 'followed')) return;
    const isFollowed = existing?.kind === 'symlink' && this.#options.onConflict === 'follow';
    const linkText = isFollowed ? { linkText: existing.linkText } : {};
    this.#facts.set(path, { path, found: existing?.kind ?? 'nothing', done, ...linkText });
  }

  /** A source that many links lead to is copied as often. */
  #countName(path: ByteString): void {
    const { maxEntries } = this.#options.limits;
    if (++this.#names > maxEntries) throw exceeded('names to copy', 'maxEntries', maxEntries, path);
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

/** ".." takes back the name before it. */
function plainNames(path: ByteString): readonly ByteString[] {
  return resolveNames(new Map(), path, () => false).names;
}

interface ExistingDirectory {
  enter(): Place;
  setAttributes(source: Inode): void;
}

function exceeded(limit: string, flag: keyof typeof limitFlags, value: number, path: ByteString): HoldfastError {
  return new HoldfastError('LIMIT_EXCEEDED', { limit, flag: limitFlags[flag], value: String(value), path });
}

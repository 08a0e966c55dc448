/** Places the entries of one layer into a tree, one by one: rules 3 to 6 of docs/layer-semantics.md. */
import { type ByteString, HoldfastError, limitFlags, type Limits, type Note, toDisplayText } from '../base/index.ts';
import { attributesDiffer } from './attributes.ts';
import type { EntryTable } from './entry-table.ts';
import type { Children, Inode } from './inode.ts';
import { checkComponentLength } from './layer-name.ts';
import type { OnRefused } from './refused-row.ts';
import { type FollowsLink, resolveNames } from './resolve-names.ts';
import type { OwnedChildren, TreeEdit } from './tree-edit.ts';

/** What happens at a parent that is not a directory: see docs/layer-semantics.md. */
export type OnConflict = 'replace' | 'follow' | 'error';

export interface PlacementOptions {
  readonly onConflict: OnConflict;
  readonly limits: Pick<Limits, 'maxDepth' | 'maxEntries'>;
  /** Entries of all layers that are being applied; together with the directories they imply they have a limit. */
  readonly entries: number;
  readonly onNote: (note: Note) => void;
  readonly onRefused?: OnRefused | undefined;
}

/** An image may have so many names behind links as if every entry it may have passed through a few. */
const namesOfLinksPerEntry = 20;

/** A directory reached without links, with the names that lead to it. */
interface Position {
  readonly children: OwnedChildren;
  readonly name: ByteString;
}

export class LayerPlacement {
  readonly #edit: TreeEdit;
  readonly #table: EntryTable;
  readonly #layer: number;
  readonly #options: PlacementOptions;
  /** Names this layer bound to an inode by a hard link entry. */
  readonly #linkedHere = new Map<Children, Set<ByteString>>();
  #lastParent: { readonly path: ByteString; readonly children: OwnedChildren } | undefined;
  #lastRows: ReadonlyMap<string, number> | undefined;

  constructor(edit: TreeEdit, table: EntryTable, layer: number, options: PlacementOptions) {
    this.#edit = edit;
    this.#table = table;
    this.#layer = layer;
    this.#options = options;
  }

  /**
   * Places one row that is not a marker.
   * @throws LINK_TARGET_MISSING, LINK_TARGET_LATER, LINK_TO_DIRECTORY, LINK_TO_SELF, SYMLINK_LOOP, NAME_RESERVED,
   * NAME_TOO_LONG, ROOT_NOT_DIRECTORY, CONFLICT_REFUSED, LIMIT_EXCEEDED
   */
  place(row: number): void {
    const kind = this.#table.kind(row);
    const name = this.#table.baseName(row);
    if (name === '') this.#placeRoot(row, kind);
    else if (kind === 'hardlink') this.#placeHardLink(row, name);
    else this.#placeInode(this.#enterParent(row), name, row);
  }

  /**
   * The names that lead to a directory without links, as far as this layer's own links (with `follow`: all links)
   * resolve it; what is missing or no directory is taken as written, and ".." after it takes it back.
   * @param whole the name to speak of in an error
   * @throws SYMLINK_LOOP, LIMIT_EXCEEDED
   */
  resolveNames(path: ByteString, whole = path): readonly ByteString[] {
    const follows: FollowsLink = (parent, name, link) => this.#follows(parent, name, link);
    const { names, namesOfLinks } = resolveNames(this.#edit.rootChildren, path, follows, { whole });
    this.#checkNamesOfLinks(namesOfLinks, whole);
    return names;
  }

  #placeRoot(row: number, kind: string): void {
    if (kind !== 'directory') throw new HoldfastError('ROOT_NOT_DIRECTORY', { kind });
    if (this.#edit.root.layer === this.#layer) this.#note('DUPLICATE_ENTRY', '' as ByteString);
    this.#edit.setRootAttributes({ table: this.#table, row, layer: this.#layer });
  }

  #placeInode(parent: OwnedChildren, name: ByteString, row: number): void {
    const attributes = { table: this.#table, row, layer: this.#layer };
    const existing = parent.get(name);
    if (existing && this.#isPlacedHere(parent, name, existing)) this.#note('DUPLICATE_ENTRY', this.#table.name(row));
    const isDirectory = this.#table.kind(row) === 'directory';
    if (isDirectory && existing?.children) {
      this.#edit.setAttributes(parent, name, attributes);
      return;
    }
    if (existing) this.#forgetLastParent();
    if (isDirectory) this.#edit.putDirectory(parent, name, attributes);
    else this.#edit.putInode(parent, name, attributes);
  }

  #placeHardLink(row: number, name: ByteString): void {
    const path = this.#table.name(row);
    const target = this.#table.linkName(row);
    const found = this.#findLinkTarget(target);
    if (found?.inode.children) throw new HoldfastError('LINK_TO_DIRECTORY', { path, target });
    if (!found) {
      const code = this.#comesLater(row, target) ? 'LINK_TARGET_LATER' : 'LINK_TARGET_MISSING';
      throw new HoldfastError(code, { path, target });
    }
    const parent = this.#enterParent(row);
    if (parent === found.children && name === found.name) throw new HoldfastError('LINK_TO_SELF', { path, target });
    const existing = parent.get(name);
    if (existing) {
      if (this.#isPlacedHere(parent, name, existing)) this.#note('DUPLICATE_ENTRY', path);
      this.#forgetLastParent();
    }
    this.#edit.putLink(parent, name, found.inode);
    this.#rememberLink(parent, name);
    if (attributesDiffer(this.#table, row, found.inode)) this.#note('LINK_ATTRIBUTES_IGNORED', path);
  }

  #findLinkTarget(target: ByteString): (Position & { readonly inode: Inode }) | undefined {
    if (target === '') return { children: new Map(), name: target, inode: this.#edit.root };
    const slash = target.lastIndexOf('/');
    const children = this.#findDirectory(target.slice(0, Math.max(slash, 0)) as ByteString, target);
    const name = target.slice(slash + 1) as ByteString;
    const inode = children?.get(name);
    return children && inode ? { children, name, inode } : undefined;
  }

  /** Resolves parents without changing anything; undefined where one is missing or no directory. */
  #findDirectory(path: ByteString, whole: ByteString): OwnedChildren | undefined {
    if (this.#lastParent?.path === path) return this.#lastParent.children;
    let children = this.#edit.rootChildren;
    for (const name of this.resolveNames(path, whole)) {
      const child = children.get(name);
      if (!child?.children) return undefined;
      children = this.#edit.enter(children, name, child);
    }
    return children;
  }

  /** Resolves the parents of a row, implying what is missing and replacing what is no directory. */
  #enterParent(row: number): OwnedChildren {
    const path = this.#table.parentName(row);
    if (path === '') return this.#edit.rootChildren;
    if (this.#lastParent?.path === path) return this.#lastParent.children;
    const direct = this.#enterDirectories(path);
    if (direct) {
      this.#lastParent = { path, children: direct };
      return direct;
    }
    const whole = this.#table.name(row);
    const names = this.resolveNames(path, whole);
    const children = this.#enterOrImply(names, whole);
    // Where a link leads may change with any entry.
    if (names.join('/') === path) this.#lastParent = { path, children };
    return children;
  }

  /** The common case: every component is a directory already. */
  #enterDirectories(path: ByteString): OwnedChildren | undefined {
    let children = this.#edit.rootChildren;
    for (let start = 0; start <= path.length;) {
      const slash = path.indexOf('/', start);
      const end = slash === -1 ? path.length : slash;
      const name = path.slice(start, end) as ByteString;
      const child = children.get(name);
      if (!child?.children) return undefined;
      children = this.#edit.enter(children, name, child);
      start = end + 1;
    }
    return children;
  }

  #enterOrImply(names: readonly ByteString[], whole: ByteString): OwnedChildren {
    this.#checkDepth(names.length + 1, whole);
    let children = this.#edit.rootChildren;
    for (const [above, name] of names.entries()) {
      const child = children.get(name);
      children = child?.children
        ? this.#edit.enter(children, name, child)
        : this.#implyDirectory(children, name, { whole, replaced: child, isTop: above === 0 });
    }
    return children;
  }

  #implyDirectory(
    parent: OwnedChildren,
    name: ByteString,
    context: { readonly whole: ByteString; readonly replaced: Inode | undefined; readonly isTop: boolean },
  ): OwnedChildren {
    const { whole, replaced, isTop } = context;
    if (replaced) {
      if (this.#options.onConflict === 'error')
        throw new HoldfastError('CONFLICT_REFUSED', { path: whole, parent: name });
      this.#note('CONFLICT_PARENT_REPLACED', whole, name);
      this.#forgetLastParent();
    }
    checkComponentLength(name.length, whole);
    if (name.startsWith('.wh.') && !(isTop && (name === '.wh..wh.plnk' || name === '.wh..wh.orph'))) {
      throw new HoldfastError('NAME_RESERVED', { name: whole });
    }
    this.#checkCount(whole);
    return this.#edit.putImpliedDirectory(parent, name);
  }

  /** What a name alone cannot tell: how deep the links in it lead. */
  #checkDepth(depth: number, path: ByteString): void {
    const { limits } = this.#options;
    if (depth > limits.maxDepth) throw exceeded('path components', 'maxDepth', limits, path);
  }

  /** A name of a kilobyte can imply hundreds of directories, and compresses to nothing. */
  #checkCount(path: ByteString): void {
    const { limits, entries } = this.#options;
    if (this.#edit.impliedDirectories + entries < limits.maxEntries) return;
    throw exceeded('entries with the directories they imply', 'maxEntries', limits, path);
  }

  /** Forty links with texts of four kilobytes make eighty thousand names of one. */
  #checkNamesOfLinks(names: number, path: ByteString): void {
    const limit = this.#options.limits.maxEntries * namesOfLinksPerEntry;
    if (this.#edit.countNamesOfLinks(names) <= limit) return;
    throw new HoldfastError('LIMIT_EXCEEDED', {
      limit: 'names read in the texts of links',
      flag: limitFlags.maxEntries,
      value: String(limit),
      path,
    });
  }

  #follows(parent: Children, name: ByteString, child: Inode): boolean {
    return this.#options.onConflict === 'follow' || this.#isPlacedHere(parent, name, child);
  }

  #isPlacedHere(parent: Children, name: ByteString, child: Inode): boolean {
    return child.layer === this.#layer || (this.#linkedHere.get(parent)?.has(name) ?? false);
  }

  #rememberLink(parent: OwnedChildren, name: ByteString): void {
    const names = this.#linkedHere.get(parent);
    if (names) names.add(name);
    else this.#linkedHere.set(parent, new Set([name]));
  }

  /** Whether a later row of the layer makes the target; asked for links that are refused. */
  #comesLater(row: number, target: ByteString): boolean {
    const slash = target.lastIndexOf('/');
    const wanted = this.#resolvedPath(target.slice(0, Math.max(slash, 0)) as ByteString, target.slice(slash + 1));
    return wanted !== undefined && ((this.#lastRows ??= this.#readLastRows()).get(wanted) ?? -1) > row;
  }

  /** The last row that makes each name, as links lead when this is first asked. */
  #readLastRows(): ReadonlyMap<string, number> {
    const rows = new Map<string, number>();
    for (let row = 0; row < this.#table.length; row++) {
      const kind = this.#table.kind(row);
      if (kind === 'whiteout' || kind === 'opaque') continue;
      const path = this.#resolvedPath(this.#table.parentName(row), this.#table.baseName(row));
      if (path !== undefined) rows.set(path, row);
    }
    return rows;
  }

  /** Undefined for a name behind a link loop: whatever that is, it is not the target. */
  #resolvedPath(parent: ByteString, name: string): string | undefined {
    try {
      return [...this.resolveNames(parent), name].join('/');
    } catch (error) {
      if (error instanceof HoldfastError) return undefined;
      throw error;
    }
  }

  #forgetLastParent(): void {
    this.#lastParent = undefined;
  }

  #note(code: Note['code'], path: ByteString, detail?: ByteString): void {
    const note = { code, layer: this.#layer, path };
    this.#options.onNote(detail === undefined ? note : { ...note, detail: toDisplayText(detail) });
  }
}

function exceeded(
  limit: string,
  name: 'maxDepth' | 'maxEntries',
  limits: PlacementOptions['limits'],
  path: ByteString,
): HoldfastError {
  return new HoldfastError('LIMIT_EXCEEDED', { limit, flag: limitFlags[name], value: String(limits[name]), path });
}

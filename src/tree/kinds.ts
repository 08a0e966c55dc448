/** What a tree entry or a layer entry is. */

/** The kinds an inode can have. */
export const inodeKinds = ['file', 'directory', 'symlink', 'char', 'block', 'fifo'] as const;
export type InodeKind = (typeof inodeKinds)[number];

/** The kinds a layer entry can have: an inode, one more name for one, or a marker that acts on the layers below. */
export const entryKinds = [...inodeKinds, 'hardlink', 'whiteout', 'opaque'] as const;
export type EntryKind = (typeof entryKinds)[number];

/** The position of each kind in {@link entryKinds}: what a table column holds. */
export const kindCode = Object.fromEntries(entryKinds.map((kind, code) => [kind, code])) as Readonly<
  Record<EntryKind, number>
>;

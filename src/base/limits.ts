/** Bounds on what an image may ask of the machine. All are on by default; every error names its flag. */

/** Each bound is inclusive: the value itself is still allowed. */
export interface Limits {
  /** Tar entries of one image, with the directories that their names imply. */
  readonly maxEntries: number;
  /** Path components of one name. */
  readonly maxDepth: number;
  /** Bytes of extension headers (PAX, GNU long names, sparse maps) of one entry. */
  readonly maxHeaderBytes: number;
  /** Bytes of xattr names and values of one inode. */
  readonly maxXattrBytes: number;
  /** Uncompressed and logical file bytes of one image. */
  readonly maxSizeBytes: number;
  /** Uncompressed bytes per stored byte of one layer, once it has given {@link ratioFromBytes}. */
  readonly maxRatio: number;
}

export const defaultLimits: Limits = {
  maxEntries: 5_000_000,
  maxDepth: 1024,
  maxHeaderBytes: 1024 * 1024,
  maxXattrBytes: 1024 * 1024,
  maxSizeBytes: 1024 ** 4,
  maxRatio: 200,
};

/** The flag that moves each limit. */
export const limitFlags: Readonly<Record<keyof Limits, string>> = {
  maxEntries: '--max-entries',
  maxDepth: '--max-depth',
  maxHeaderBytes: '--max-header',
  maxXattrBytes: '--max-xattrs',
  maxSizeBytes: '--max-size',
  maxRatio: '--max-ratio',
};

/** A layer's compression ratio counts only past this many uncompressed bytes. */
export const ratioFromBytes = 8 * 1024 ** 3;
/** Bytes of one manifest, index or config document. */
export const maxDocumentBytes = 4 * 1024 * 1024;
/** Indexes inside indexes. */
export const maxIndexDepth = 4;
/** Layers of one image. */
export const maxLayers = 1000;
/** Bytes of names, link texts, xattrs and sparse maps of one image, all of which are kept in memory. */
export const maxMetadataBytes = 1024 ** 3;

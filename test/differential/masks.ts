/** Facts that are left out of a comparison, as data: which, where, and why. */
import { type ByteString, fromText } from '../../src/base/index.ts';
import type { Facts, TreeListing } from '../cases/index.ts';

export interface Mask {
  readonly why: string;
  readonly applies: (path: ByteString, facts: Facts) => boolean;
  /** The facts with those that may differ set to one and the same value; undefined leaves the path out. */
  readonly without: (facts: Facts) => Facts | undefined;
}

/**
 * Both listings without what the masks leave out. What is expected decides where a mask applies; what is not expected at
 * all decides for itself.
 */
export function maskedPair(
  actual: TreeListing,
  expected: TreeListing,
  masks: readonly Mask[],
): readonly [actual: TreeListing, expected: TreeListing] {
  const without = (listing: TreeListing): TreeListing => {
    const kept = new Map<ByteString, Facts>();
    for (const [path, facts] of listing) {
      const applying = masks.filter((mask) => mask.applies(path, expected.get(path) ?? facts));
      const left = applying.reduce<Facts | undefined>((own, mask) => own && mask.without(own), facts);
      if (left) kept.set(path, left);
    }
    return kept;
  };
  return [without(actual), without(expected)];
}

export const rootPath = fromText('.');

export const withoutOwner = (facts: Facts): Facts => ({ ...facts, uid: 0, gid: 0 });
export const withoutTime = (facts: Facts): Facts => ({ ...facts, mtime: 'any' });
export const leftOut = (): undefined => undefined;

/** Leaves out some xattrs. */
export function withoutXattrs(isLeftOut: (name: ByteString) => boolean): Mask['without'] {
  return (facts) => ({ ...facts, xattrs: facts.xattrs.filter(([name]) => !isLeftOut(name)) });
}

/** Opening an upper directory over the tree that it belongs to. */
import { defaultLimits, HoldfastError, type ByteString } from '../base/index.ts';
import { isHostXattr } from '../host/index.ts';
import { type Inode, inodes, type KnownFacts } from '../tree/index.ts';
import { openTree, type OpenTree, type OpenTreeOptions } from '../trees/index.ts';
import { layUpper, type Restore } from './lay-upper.ts';
import { guessNamespace, type MarkNamespace, OverlayMarks } from './overlay-marks.ts';
import { OverlayTree } from './overlay-tree.ts';

export interface OverlayOptions extends OpenTreeOptions {
  /** Where its marks are, if that is known; otherwise what is there tells. */
  readonly namespace?: MarkNamespace | undefined;
  /** What the tree is called; the upper directory unless told otherwise. */
  readonly reference?: string;
  readonly restored?: Restore | undefined;
}

/**
 * What a mount of the upper directory over the base shows, at the cost of scanning the upper directory alone.
 * @param base stays the caller's, and open
 * @param directory the upper directory
 * @throws OVERLAY_INVALID, LIMIT_EXCEEDED, HOST_UNSUPPORTED where the marks cannot be read or do not tell all, and the codes of
 * `scanDirectory`
 */
export async function openOverlay(
  base: OpenTree,
  directory: string,
  options: OverlayOptions = {},
): Promise<OverlayTree> {
  const { atLayer, namespace, restored, hostXattrs = false, limits = defaultLimits, ...rest } = options;
  const { reference = directory, ...scanning } = rest;
  void atLayer;
  const upper = await openTree(`rootfs:${directory}`, { ...scanning, limits, hostXattrs: true });
  try {
    const marks = new OverlayMarks(namespace ?? guessNamespace(inodes(upper.tree)));
    requireMarks(upper, directory, namespace);
    refuseIndexed(upper, marks, directory);
    const sockets = upper.problems.filter(({ kind }) => kind === 'socket').map(({ path }) => path);
    const laid = layUpper(base.tree, upper.tree, { marks, hostXattrs, limits, sockets, restored });
    const facts = shownFacts(upper.facts, hostXattrs);
    return new OverlayTree({ reference, base, upper, laid, facts });
  } catch (error) {
    await upper[Symbol.asyncDispose]();
    throw error;
  }
}

const anyTrusted = 'trusted.overlay.opaque' as ByteString;

/** Without the marks, what was removed would come back. */
function requireMarks(
  { facts: { xattrs }, tree }: OpenTree,
  directory: string,
  namespace: MarkNamespace | undefined,
): void {
  const sees = (name: ByteString): boolean => (typeof xattrs === 'function' ? xattrs(name) : xattrs);
  if (sees(anyTrusted)) return;
  const isUsers = namespace === 'user' || guessNamespace(inodes(tree)) === 'user';
  if (isUsers && sees('user.overlay.opaque' as ByteString)) return;
  throw new HoldfastError('HOST_UNSUPPORTED', {
    what: `this user cannot see the marks of the overlay file system in ${directory}`,
    hint: 'run as root, or name the directory where it is mounted',
  });
}

/** With `index=on` a name that is only below shows what another of its names became, which stands in the work directory. */
function refuseIndexed({ tree }: OpenTree, marks: OverlayMarks, directory: string): void {
  const isIndexed = (inode: Inode): boolean => marks.isIndexed(inode, inode === tree.root);
  for (const inode of inodes(tree)) {
    if (!isIndexed(inode)) continue;
    throw new HoldfastError('HOST_UNSUPPORTED', {
      what: `${directory} was mounted with index=on, so it does not tell alone which names changed`,
      hint: 'name the directory where it is mounted, or mount with index=off',
    });
  }
}

function shownFacts(facts: KnownFacts, hostXattrs: boolean): KnownFacts {
  const { xattrs } = facts;
  if (hostXattrs || xattrs === false) return facts;
  const isKnown = (name: ByteString): boolean => xattrs === true || (typeof xattrs === 'function' && xattrs(name));
  return { ...facts, xattrs: (name: ByteString) => !isHostXattr(name) && isKnown(name) };
}

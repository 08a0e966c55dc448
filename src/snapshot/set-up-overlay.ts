/** A directory that `unpack --overlay` made: its changes are in one place, and nothing else has to be read. */
import { HoldfastError, quoteText } from '../base/index.ts';
import { findSetup, openOverlay, type OverlaySetup } from '../overlay/index.ts';
import type { OpenTree, OpenTreeOptions } from '../trees/index.ts';
import { LowerLooks } from './lower-looks.ts';
import { restoredEntry } from './restored-entry.ts';

/**
 * The tree that stands in such a directory, whether it is mounted or not. Undefined where it is another directory, or was made
 * of another image than the base, or everything that is mounted is to be read.
 * @throws HOST_UNSUPPORTED where it is not mounted and made of another image, and the codes of `openOverlay`
 */
export async function openSetUp(
  base: OpenTree,
  directory: string,
  { exact = false, ...options }: OpenTreeOptions & { readonly exact?: boolean | undefined },
): Promise<OpenTree | undefined> {
  const setup = findSetup(directory);
  if (setup === undefined) return undefined;
  const { head, upper, isMounted } = setup;
  if (isMounted && (exact || !isAbout(setup, base))) return undefined;
  if (!isAbout(setup, base)) throw notMounted(directory, head.reference);
  const known = { ...options, namespace: head.namespace, reference: directory };
  if (head.isExact) return await openOverlay(base, upper, known);
  using looks = new LowerLooks(setup.lower, head);
  return await openOverlay(base, upper, {
    ...known,
    restored: (inode, below) => {
      const placed = below && { of: below.inode, isUntouched: false, isLossy: looks.isLossy(below) };
      return restoredEntry(inode, placed, setup);
    },
  });
}

/** What stands in the directory itself is nothing. */
function notMounted(directory: string, reference: string): HoldfastError {
  return new HoldfastError('HOST_UNSUPPORTED', {
    what: `${quoteText(directory)} is an overlay that is not mounted, and was made of ${quoteText(reference)}`,
    hint: 'name that image as the base, or mount the overlay again',
  });
}

function isAbout({ head }: OverlaySetup, { image, onConflict }: OpenTree): boolean {
  const { digest, layers } = head;
  return digest === image?.manifestDigest && layers === image.layers.length && head.onConflict === onConflict;
}

/** A directory that `unpack --overlay` made: its changes are in one place, and nothing else has to be read. */
import { findSetup, openOverlay, type OverlaySetup } from '../overlay/index.ts';
import type { OpenTree, OpenTreeOptions } from '../trees/index.ts';
import { LowerLooks } from './lower-looks.ts';
import { restoredEntry } from './restored-entry.ts';

/**
 * The tree that stands in such a directory, whether it is mounted or not. Undefined where it is another directory, or was made
 * of another image than the base.
 * @throws the codes of `openOverlay`
 */
export async function openSetUp(
  base: OpenTree,
  directory: string,
  options: OpenTreeOptions,
): Promise<OpenTree | undefined> {
  const setup = base.image === undefined ? undefined : findSetup(directory);
  if (setup === undefined || !isAbout(setup, base)) return undefined;
  const { head, upper } = setup;
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

function isAbout({ head }: OverlaySetup, { image, onConflict }: OpenTree): boolean {
  const { digest, layers } = head;
  return digest === image?.manifestDigest && layers === image.layers.length && head.onConflict === onConflict;
}

/** Causes of files that hold something else. */
import type { CauseRow } from './cause-row.ts';
import type { Evidence } from './evidence.ts';
import type { FoundFault } from './fault.ts';

export const contentCauses: readonly CauseRow[] = [
  {
    hazard: 'C15',
    text: 'the file is cut short although nobody wrote to it: what was stored is damaged, as containerd leaves it when the power fails after a pull, or the disk is',
    kinds: ['content'],
    explains: (fault, evidence) =>
      isUntouched(fault, evidence) && sizeOf(fault.tree) < sizeOf(fault.image) ? 'medium' : undefined,
  },
  {
    hazard: 'C12',
    text: 'the size and the time are right and the bytes are not: what was converted or stored is damaged, as microsandbox did to very large images (or what is stored, C15), or the disk is, or somebody hides a change',
    kinds: ['content'],
    explains: (fault, evidence) =>
      isUntouched(fault, evidence) && sizeOf(fault.tree) === sizeOf(fault.image) ? 'medium' : undefined,
  },
];

/** Whoever writes to a file sets its time. */
function isUntouched({ paths, image }: FoundFault, evidence: Evidence): boolean {
  return image !== undefined && evidence.comparesTimes && !paths.some((path) => evidence.at(path, 'mtime'));
}

function sizeOf(inode: FoundFault['image']): number {
  return inode?.size ?? 0;
}

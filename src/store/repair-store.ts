/** Removes from a store what breaks its promise. */
import { digestAlgorithm, digestHex } from '../base/index.ts';
import { removeTree } from '../host/index.ts';
import { checkImage, checkReferences } from './check-references.ts';
import type { StoreProblem, WrongBlob } from './store-problem.ts';
import { type Layout, removalLock } from './layout.ts';
import type { LayoutStore } from './layout-store.ts';
import { lock } from './lock.ts';
import { layoutOf } from './open-layout-store.ts';

export interface Findings {
  readonly wrong: readonly WrongBlob[];
  readonly problems: readonly StoreProblem[];
}

/** Returns the problems, with those marked that are no more. @throws HOST_REFUSED, the reason of the signal */
export async function repairStore(
  store: LayoutStore,
  { wrong, problems }: Findings,
  signal: AbortSignal | undefined,
): Promise<StoreProblem[]> {
  const layout = layoutOf(store);
  const removed = new Set<string>();
  for (const blob of wrong) if (await removeBlob(layout, blob, signal)) removed.add(blob.digest);
  const isDangling = problems.some(({ kind }) => kind === 'missing' || kind === 'wrong-size');
  if (isDangling) {
    const none = new Set<never>();
    await store.update(
      (entries) => entries.filter((entry) => checkImage(layout, entry, none).every(({ kind }) => !dangles(kind))),
      signal,
    );
  }
  const left = new Set(checkReferences(layout, new Set()).map(keyOf));
  return problems.map((problem) => {
    const isWrong = problem.kind === 'wrong-content' || problem.kind === 'not-a-file';
    const isGone = isWrong ? removed.has(problem.digest ?? '') : dangles(problem.kind) && !left.has(keyOf(problem));
    return isGone ? { ...problem, repaired: true } : problem;
  });
}

function keyOf({ image, digest }: StoreProblem): string {
  return `${digest} ${image}`;
}

function dangles(kind: StoreProblem['kind']): boolean {
  return kind === 'missing' || kind === 'wrong-size';
}

/** Not what has got the name since it was looked at. */
async function removeBlob(layout: Layout, blob: WrongBlob, signal: AbortSignal | undefined): Promise<boolean> {
  const { digest, inode } = blob;
  const blobs = layout.blobs(digestAlgorithm(digest));
  if (blobs === undefined) return false;
  using _lock = await lock(layout.control(), removalLock, signal);
  const name = digestHex(digest);
  const facts = blobs.look(name);
  if (facts === undefined || facts.ino !== inode) return true;
  if (facts.isDirectory()) removeTree(blobs.fd, name as Parameters<typeof removeTree>[1]);
  else blobs.unlink(name);
  blobs.sync();
  return true;
}

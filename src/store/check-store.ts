/** Looks whether a store keeps its promise: every blob's name is its hash, and every reference leads to a blob. */
import { hashBlobs } from './hash-blobs.ts';
import type { Digest } from '../base/index.ts';
import { indexVersion } from './index-file.ts';
import { type ListedBlob, strayOf, sumOf, takeInventory } from './inventory.ts';
import { controlName, type Layout } from './layout.ts';
import type { LayoutStore } from './layout-store.ts';
import { layoutOf } from './open-layout-store.ts';
import { repairStore } from './repair-store.ts';
import { checkReferences } from './check-references.ts';
import type { CheckOptions, StoreCheck, StoreProblem, WrongBlob } from './store-problem.ts';

const mostAttempts = 10;
const known: readonly string[] = [controlName, 'blobs', 'index.json', 'oci-layout', 'lost+found'];

/**
 * Hashes every blob, in as many threads as there are processors, and follows every reference from index.json. What is wrong
 * is told and not thrown, and with `repair` removed: blobs that are not what their names say, and entries of index.json
 * that lead to something missing. Other processes may use the store meanwhile.
 *
 * @param store of `openLayoutStore` or `openLocalStore`
 * @throws STORE_INVALID, HOST_REFUSED, the reason of the signal
 */
export async function checkStore(store: LayoutStore, options: CheckOptions = {}): Promise<StoreCheck> {
  options.signal?.throwIfAborted();
  const layout = layoutOf(store);
  const { blobs, strays } = takeInventory(layout);
  const wrong = [...notFiles(blobs.values()), ...(await hashBlobs(layout, blobs.values(), options))];
  const wrongDigests = new Set(wrong.map(({ digest }) => digest));
  const problems: StoreProblem[] = [
    ...wrong.map((problem) => asProblem(problem)),
    ...checkSettledReferences(layout, wrongDigests),
    ...[...strays, ...straysAbove(layout)].map((stray) => ({ kind: 'stray', severity: 'note', ...stray }) as const),
  ];
  const result = options.repair === true ? await repairStore(store, { wrong, problems }, options.signal) : problems;
  const ok = result.every(({ severity, repaired }) => severity !== 'error' || repaired === true);
  return { directory: store.directory, ok, blobs: sumOf(blobs.values()), problems: result };
}

/** What is missing may have been removed since index.json was read, with the entry that led to it. */
function checkSettledReferences(layout: Layout, wrong: ReadonlySet<Digest>): StoreProblem[] {
  for (let attempt = 1; ; attempt++) {
    const version = indexVersion(layout.root);
    const problems = checkReferences(layout, wrong);
    if (attempt === mostAttempts || indexVersion(layout.root) === version) return problems;
  }
}

function notFiles(blobs: Iterable<ListedBlob>): WrongBlob[] {
  return [...blobs].flatMap(({ digest, inode, problem }) =>
    problem === undefined
      ? []
      : [{ kind: 'not-a-file', digest, inode, text: `the blob ${digest} ${problem}` } as const],
  );
}

function asProblem({ kind, digest, text }: WrongBlob): StoreProblem {
  return { kind, severity: 'error', path: `blobs/${digest.replace(':', '/')}`, digest, text };
}

function straysAbove({ root }: Layout): { path: string; text: string }[] {
  const names = root.names().filter((name) => !known.includes(name));
  return names.map((name) => strayOf(name, 'is no part of a layout'));
}

/** What a scan found, in the form in which the tests compare trees, with content as it is read through the scan. */
import fs from 'node:fs';
import type { TestContext } from 'node:test';
import { type LiveTree, scanDirectory, type ScanOptions, type ScanProblem } from '../../src/scan/index.ts';
import type { Inode } from '../../src/tree/index.ts';
import { listingWith, type Run } from '../cases/apply-in-memory.ts';
import type { TreeListing } from '../cases/index.ts';

export function listingOfLive(live: LiveTree): TreeListing {
  return listingWith(live.tree, (inode) => contentOf(live, inode));
}

/** The content of a scanned file as one run. */
function contentOf(live: LiveTree, inode: Inode): readonly Run[] {
  if (inode.kind !== 'file') return [];
  const file = live.open(inode);
  try {
    return [{ position: 0, bytes: fs.readFileSync(file) }];
  } finally {
    fs.closeSync(file);
  }
}

/** A scan that is disposed of after the test. */
export async function scanned(test: TestContext, directory: string, options?: ScanOptions): Promise<LiveTree> {
  const live = await scanDirectory(directory, options);
  test.after(() => live[Symbol.dispose]());
  return live;
}

/** Problems in short: what, and where. */
export function problemsOf({ problems }: { readonly problems: readonly ScanProblem[] }): string[] {
  return problems.map((problem) => `${problem.kind}${'what' in problem ? ` ${problem.what}` : ''} ${problem.path}`);
}

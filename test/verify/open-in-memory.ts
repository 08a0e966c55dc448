/** Trees that were made in memory, open as any other. */
import type { OpenTree } from '../../src/trees/index.ts';
import { sha256Of, type EntrySpec } from '../../src/testing/index.ts';
import { allFacts, applyLayers, type Inode } from '../../src/tree/index.ts';
import type { Digest } from '../../src/base/index.ts';
import { verifyTrees, type Fault, type VerifyOptions, type VerifyResult } from '../../src/verify/index.ts';
import { tarOf } from '../../src/testing/index.ts';
import { Contents } from '../tree/contents.ts';

export type MemoryLayers = readonly (readonly EntrySpec[] | Buffer)[];

/** The tree that layers give; more facts may be given, such as problems. */
export function openInMemory(layers: MemoryLayers, more: Partial<OpenTree> = {}): OpenTree {
  const contents = new Contents();
  const tables = layers.map((layer) => contents.index(Buffer.isBuffer(layer) ? layer : tarOf(layer as EntrySpec[])));
  return {
    reference: 'memory',
    tree: applyLayers(tables),
    facts: allFacts,
    notes: [],
    layers: tables,
    problems: [],
    isUnseen: () => false,
    contentKey: () => undefined,
    contentDigests: async () => ({ get: (inode) => digestOf(contents, inode), problems: [] }),
    openBodies: async () => contents.open,
    unreadable: () => undefined,
    [Symbol.asyncDispose]: async () => {},
    ...more,
  };
}

function digestOf(contents: Contents, inode: Inode): Digest {
  return sha256Of(Buffer.concat(contents.open(inode)));
}

/** Whether the tree that some layers give is what others say. */
export async function verified(
  image: MemoryLayers | OpenTree,
  tree: MemoryLayers | OpenTree,
  options: VerifyOptions = {},
): Promise<VerifyResult> {
  return await verifyTrees(opened(image), opened(tree), options);
}

function opened(tree: MemoryLayers | OpenTree): OpenTree {
  return 'tree' in tree ? tree : openInMemory(tree);
}

/** Such as `mode a = b`. */
export function shownFault({ kind, paths }: Fault): string {
  return `${kind} ${paths.join(' = ')}`;
}

/** Such as `links-split a = b [C01 high]`. */
export function shownCause(fault: Fault): string {
  const { cause } = fault;
  return `${shownFault(fault)} [${cause === null ? 'nobody' : `${cause.hazard} ${cause.confidence}`}]`;
}

/** The layer between two trees that were made in memory. */
import { type OpenBody, pieceChunks, tarPieces } from '../../src/layer/index.ts';
import {
  diffTrees,
  type DiffOptions,
  type Inode,
  layerPlan,
  type PlannedEntry,
  type Tree,
} from '../../src/tree/index.ts';
import type { Contents } from './contents.ts';

export function planBetween(
  contents: Contents,
  base: Tree,
  target: Tree,
  options: Partial<DiffOptions> = {},
): readonly PlannedEntry[] {
  return layerPlan(base, target, diffTrees(base, target, { sameContent: contents.same, ...options }));
}

/**
 * The archive of a plan.
 * @param contentOf the inode that says where the content of another one is
 */
export async function tarOfPlan(
  contents: Contents,
  plan: Iterable<PlannedEntry>,
  contentOf: (inode: Inode) => Inode = (inode) => inode,
): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  const open: OpenBody = (inode) => contents.open(contentOf(inode));
  for await (const chunk of pieceChunks(tarPieces(plan), open)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** A plan as lines: `f etc/passwd`, `d etc`, `l bin -> usr/bin`, `h b = a`, `w gone`; the root is ".". */
export function shownPlan(plan: Iterable<PlannedEntry>): string[] {
  return Array.from(plan, (entry) => {
    const path = entry.path === '' ? '.' : entry.path;
    if (entry.kind === 'whiteout') return `w ${path}`;
    if (entry.kind === 'link') return `h ${path} = ${entry.target}`;
    const { kind, linkText } = entry.inode;
    return kind === 'symlink' ? `l ${path} -> ${linkText}` : `${letters[kind]} ${path}`;
  });
}

const letters = { file: 'f', directory: 'd', symlink: 'l', char: 'c', block: 'b', fifo: 'p' } as const;

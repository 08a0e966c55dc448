/** Everything that lies below `blobs`, by name and size; nothing is opened. */
import { type Digest, type DigestAlgorithm, toDisplayText } from '../base/index.ts';
import { describeKind, type Directory } from './directory.ts';
import { asDigest, type Layout } from './layout.ts';

export interface ListedBlob {
  readonly digest: Digest;
  readonly size: number;
  readonly inode: bigint;
  /** Nanoseconds since 1970. */
  readonly changed: bigint;
  /** Why it is no blob, for what is no regular file; continues "it …". */
  readonly problem: string | undefined;
}

/** Something that is no part of a layout. */
export interface Stray {
  /** Inside the layout, for people. */
  readonly path: string;
  readonly text: string;
}

export interface Inventory {
  readonly blobs: ReadonlyMap<Digest, ListedBlob>;
  readonly strays: readonly Stray[];
}

/** @throws STORE_INVALID, HOST_REFUSED */
export function takeInventory(layout: Layout): Inventory {
  const blobs = new Map<Digest, ListedBlob>();
  const strays: Stray[] = [];
  for (const name of layout.allBlobs()?.names() ?? []) {
    const isKnown = name === 'sha256' || name === 'sha512';
    const directory = isKnown ? layout.blobs(name as DigestAlgorithm) : undefined;
    if (directory === undefined) strays.push(strayOf(`blobs/${name}`, 'is not of a known digest algorithm'));
    else listBlobs(name, directory, blobs, strays);
  }
  return { blobs, strays };
}

/** The regular files among them, and their bytes. */
export function sumOf(blobs: Iterable<ListedBlob>): { count: number; bytes: number } {
  const files = [...blobs].filter(({ problem }) => problem === undefined);
  return { count: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
}

export function strayOf(path: string, problem: string): Stray {
  const text = toDisplayText(path as Parameters<typeof toDisplayText>[0]);
  return { path: text, text: `${text} ${problem}` };
}

function listBlobs(algorithm: string, directory: Directory, blobs: Map<Digest, ListedBlob>, strays: Stray[]): void {
  for (const name of directory.names()) {
    const digest = asDigest(`${algorithm}:${name}`);
    const facts = directory.look(name);
    if (facts === undefined) continue;
    if (digest === undefined) {
      strays.push(strayOf(`blobs/${algorithm}/${name}`, 'is not named like a blob'));
      continue;
    }
    const problem = facts.isFile() ? undefined : describeKind(facts);
    blobs.set(digest, { digest, size: Number(facts.size), inode: facts.ino, changed: facts.mtimeNs, problem });
  }
}

/**
 * What is in a tar that an engine makes of a container. Measured with Docker 28.2 and Podman 4.3: hard links are kept, sockets
 * and the root directory are not, times are cut to whole seconds, of the xattrs there is security.capability, with Podman
 * also user.*.
 */
import type { ByteString } from '../base/index.ts';
import { allFacts, Inode, type KnownFacts, lookup, type Tree, unlistedDirectory } from '../tree/index.ts';
import type { ContainerFacts } from './open-tree.ts';

type Engine = ContainerFacts['engine'];

/** With their engines, the files that are in every container, and in hardly an image. */
const signs: readonly (readonly [Engine, ByteString])[] = [
  ['docker', '.dockerenv' as ByteString],
  ['podman', 'run/.containerenv' as ByteString],
];

/** Who made a tar of a container, as far as what is in it tells; undefined for any other tar. */
export function engineOfExport(tree: Tree): Engine | undefined {
  if (!tree.root.isImplied) return undefined;

  return signs.find(([, path]) => lookup(tree, path)?.kind === 'file')?.[0];
}

export function exportFacts(engine: Engine): KnownFacts {
  const isKnown = (name: ByteString): boolean =>
    name === 'security.capability' || (engine === 'podman' && name.startsWith('user.'));
  return { ...allFacts, nanoseconds: false, symlinkMode: false, xattrs: isKnown };
}

/** The same tree, nothing being known of its root but what is in it. */
export function withUnlistedRoot(tree: Tree): Tree {
  const { root } = tree;
  return root.isImplied ? { ...tree, root: new Inode(unlistedDirectory, 0, 0, root.children ?? new Map()) } : tree;
}

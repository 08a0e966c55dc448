/** A container as an open tree: as it stands, where it runs on this machine, and as its engine exports it otherwise. */
import type { ByteString } from '../base/index.ts';
import { type Container, type ContainerEngine, openContainer } from '../containers/index.ts';
import { type OpenOptions, spoolArchive } from '../image/index.ts';
import type { RootfsOptions } from '../rootfs/index.ts';
import { scanDirectory, type ScanOptions } from '../scan/index.ts';
import { sortByKey, walkOrderKey } from '../tree/index.ts';
import { openArchiveTree } from './archive-source.ts';
import { scannedTree } from './live-source.ts';
import type { OpenTree } from './open-tree.ts';

export interface NamedContainer {
  readonly kind: ContainerEngine;
  /** Name or ID. */
  readonly container: string;
}

/**
 * The tree of a container. Where it runs on this machine and this is root, it is scanned in place, through the root of its
 * first process: everything is known, and what is mounted over it is not entered. Otherwise its engine exports it, which
 * leaves out most xattrs, all below whole seconds, and the root directory itself.
 * @throws the codes of `openContainer`, of archives, and of `scanDirectory`
 */
export async function openContainerTree(
  reference: string,
  { kind, container: name }: NamedContainer,
  options: OpenOptions & RootfsOptions,
  scanning: ScanOptions,
): Promise<OpenTree> {
  const { signal } = options;
  await using container = await openContainer(kind, name, { signal, env: options.network?.env });
  const standing = await openInPlace(reference, container, scanning);
  if (standing) return standing;
  const archive = await spoolArchive(container.exportFiles(signal), reference, options);
  const facts = { engine: kind, mounts: inWalkOrder(container.mounts) };
  return await openArchiveTree(reference, archive, { ...options, container: facts });
}

/** Undefined where it cannot be scanned here, or has ended meanwhile. */
async function openInPlace(
  reference: string,
  container: Container,
  options: ScanOptions,
): Promise<OpenTree | undefined> {
  const root = container.liveRoot();
  if (root === undefined) return undefined;
  const live = await scanDirectory(root, options);
  if (container.liveRoot() !== root) {
    live[Symbol.dispose]();
    return undefined;
  }
  const found = live.problems.filter(({ kind }) => kind === 'mount').map(({ path }) => path);
  const mounts = inWalkOrder([...container.mounts, ...found]);
  return scannedTree(reference, live, { container: { engine: container.engine, mounts } });
}

function inWalkOrder(paths: readonly ByteString[]): ByteString[] {
  return sortByKey(new Set(paths), walkOrderKey);
}

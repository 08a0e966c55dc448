/** Faults as plain data. */
import { type ByteString, jsonPath, toJsonText } from '../base/index.ts';
import { type Inode, toldFact, type Xattrs } from '../tree/index.ts';
import type { FileDigests } from '../trees/index.ts';
import type { OwnerOf } from './compare-trees.ts';
import type { Cause, Fault, FaultFacts, FoundFault, LinkSets } from './fault.ts';

export interface FaultContext {
  readonly digests: { readonly image: FileDigests; readonly tree: FileDigests };
  /** Whether an xattr can be known of both. */
  readonly isKnownXattr: (name: ByteString) => boolean;
  readonly ownerOf?: OwnerOf | undefined;
}

export function reportedFault(fault: FoundFault, cause: Cause | null, context: FaultContext): Fault {
  const { kind, paths, image } = fault;
  return {
    kind,
    paths: paths.map(jsonPath),
    expected: expectedFacts(fault, context),
    found: foundFacts(fault, context),
    layer: image === undefined || image.layer === 0 ? null : image.layer,
    cause,
  };
}

function expectedFacts({ kind, image, tree, links }: FoundFault, context: FaultContext): FaultFacts | null {
  if (links) return { links: reportedSets(links.expected) };
  if (image === undefined) return null;
  if (kind === 'missing') return standing(image);
  if (kind === 'owner' && context.ownerOf) {
    const [uid, gid] = context.ownerOf(image);
    return { uid, gid };
  }
  return factsOf(kind, [image, tree], { digests: context.digests.image, isKnownXattr: context.isKnownXattr });
}

function foundFacts({ kind, image, tree, links, isSocket }: FoundFault, context: FaultContext): FaultFacts | null {
  if (links) return { links: reportedSets(links.found) };
  if (isSocket === true) return { kind: 'socket' };
  if (tree === undefined) return null;
  if (kind === 'extra') return standing(tree);
  return factsOf(kind, [tree, image], { digests: context.digests.tree, isKnownXattr: context.isKnownXattr });
}

function reportedSets(sets: LinkSets): string[][] {
  return sets.map((paths) => paths.map(jsonPath));
}

/** Of a name that only one side has. */
function standing(inode: Inode): FaultFacts {
  const { kind } = inode;
  if (kind === 'file') return { kind, size: inode.size };
  return kind === 'symlink' ? { kind, linkTarget: toJsonText(inode.linkText) } : { kind };
}

interface SideContext extends Pick<FaultContext, 'isKnownXattr'> {
  readonly digests: FileDigests;
}

function factsOf(
  kind: FoundFault['kind'],
  [inode, other]: readonly [Inode, Inode | undefined],
  { digests, isKnownXattr }: SideContext,
): FaultFacts {
  switch (kind) {
    case 'content': {
      const digest = digests.get(inode);
      return digest === undefined ? { size: inode.size } : { size: inode.size, digest };
    }
    case 'mode':
    case 'owner':
    case 'mtime':
    case 'symlink':
    case 'device':
      return toldFact(inode, kind);
    case 'xattr':
      return { xattrs: differingXattrs(inode.xattrs, other?.xattrs, isKnownXattr) };
    default:
      return { kind: inode.kind };
  }
}

function differingXattrs(
  own: Xattrs | undefined,
  others: Xattrs | undefined,
  isKnown: (name: ByteString) => boolean,
): Record<string, string | null> {
  const names = [...new Set([...(own?.keys() ?? []), ...(others?.keys() ?? [])])].filter(isKnown).sort();
  const values: [string, string | null][] = [];
  for (const name of names) {
    const [value, other] = [own?.get(name), others?.get(name)];
    const isSame = value !== undefined && other !== undefined && Buffer.compare(value, other) === 0;
    if (!isSame) values.push([toJsonText(name), value === undefined ? null : Buffer.from(value).toString('base64')]);
  }
  return Object.fromEntries(values);
}

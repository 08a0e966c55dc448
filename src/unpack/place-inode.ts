/** Creates one inode that is not a directory, with its attributes. */
import fs from 'node:fs';
import type { ByteString } from '../base/index.ts';
import { type AttributePolicy, errnoOf, host, type Refusal, setAttributes } from '../host/index.ts';
import { bodyName } from '../layer/index.ts';
import type { Inode } from '../tree/index.ts';
import type { Loss } from './losses.ts';

const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;

/** Where staged bodies are, and what the system refused them. */
export interface StagedBodies {
  /** The staging directory of a layer. */
  readonly directory: (layer: number) => number;
  readonly refusals: (layer: number, row: number) => readonly Refusal[];
}

export type PlacedLoss = Omit<Loss, 'path'>;

/** What came of an inode; one that does not exist could not be created at all, which is among its losses. */
export interface PlacedInode {
  readonly exists: boolean;
  readonly losses: readonly PlacedLoss[];
}

/** @throws HOST_REFUSED for anything but an attribute or device that the target cannot hold */
export function placeInode(
  inode: Inode,
  directory: number,
  name: ByteString,
  context: { readonly policy: AttributePolicy; readonly bodies: StagedBodies },
): PlacedInode {
  switch (inode.kind) {
    case 'symlink':
      host.makeSymlink(inode.linkText, directory, name);
      return attributed(setAttributes({ directory, name, isSymlink: true }, inode, context.policy));
    case 'char':
    case 'block':
    case 'fifo':
      return placeNode(inode, inode.kind, { directory, name, policy: context.policy });
    default:
      return placeFile(inode, directory, name, context);
  }
}

function placeFile(
  inode: Inode,
  directory: number,
  name: ByteString,
  context: { readonly policy: AttributePolicy; readonly bodies: StagedBodies },
): PlacedInode {
  if (inode.size > 0) {
    host.rename(context.bodies.directory(inode.layer), bodyName(inode.row), directory, name);
    return attributed(context.bodies.refusals(inode.layer, inode.row));
  }
  const file = host.open(directory, name, O_WRONLY | O_CREAT | O_EXCL, 0o600);
  try {
    return attributed(setAttributes({ file }, inode, context.policy));
  } finally {
    host.close(file);
  }
}

interface NodePlace {
  readonly directory: number;
  readonly name: ByteString;
  readonly policy: AttributePolicy;
}

function placeNode(inode: Inode, kind: 'char' | 'block' | 'fifo', place: NodePlace): PlacedInode {
  const { directory, name, policy } = place;
  const [major, minor] = inode.device;
  try {
    host.makeNode(directory, name, { kind, mode: 0o600, major, minor });
  } catch (error) {
    const errno = errnoOf(error);
    if (errno !== 'EPERM' && errno !== 'ENOSYS' && errno !== 'EINVAL') throw error;
    const detail = kind === 'fifo' ? `fifo (${errno})` : `${kind} ${major}:${minor} (${errno})`;
    return { exists: false, losses: [{ kind: kind === 'fifo' ? 'fifo' : 'device', detail }] };
  }
  return attributed(setAttributes({ directory, name, isSymlink: false }, inode, policy));
}

function attributed(losses: readonly PlacedLoss[]): PlacedInode {
  return { exists: true, losses };
}

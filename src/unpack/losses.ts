/** What a target cannot hold: found before anything is written, or when the system refuses. */
import { type ByteString, HoldfastError, toDisplayText } from '../base/index.ts';
import { type AttributePolicy, isHostXattr, mapId } from '../host/index.ts';
import { type Inode, type Tree, walk } from '../tree/index.ts';
import { forgottenAcl } from './access-acl.ts';

/** One thing of the image that is not on disk as it should be. */
export interface Loss {
  readonly kind: 'owner' | 'mode' | 'xattr' | 'time' | 'device' | 'fifo';
  readonly path: ByteString;
  /** What the image says. */
  readonly detail: string;
}

/** Who unpacks. */
export interface Privilege {
  readonly uid: number;
  readonly groups: ReadonlySet<number>;
}

/** The privilege of this process. */
export function ownPrivilege(): Privilege {
  const groups = new Set([process.getegid?.() ?? 0, ...(process.getgroups?.() ?? [])]);
  return { uid: process.geteuid?.() ?? 0, groups };
}

/** The losses that are certain before the first byte is written. */
export function predictLosses(tree: Tree, policy: AttributePolicy, privilege: Privilege): Loss[] {
  const losses: Loss[] = [];
  const seen = new Set<Inode>();
  for (const { path, inode } of walk(tree)) {
    if (tree.linked.has(inode)) {
      if (seen.has(inode)) continue;
      seen.add(inode);
    }
    for (const loss of inodeLosses(inode, policy, privilege)) losses.push({ ...loss, path });
  }
  return losses;
}

type PathlessLoss = Omit<Loss, 'path'>;

function inodeLosses(inode: Inode, policy: AttributePolicy, privilege: Privilege): PathlessLoss[] {
  const kind = inode.kind;
  const losses = [...xattrLosses(inode, policy, privilege)];
  if (privilege.uid === 0) return losses;
  const [uid, gid] = [mapId(policy.uidMap, inode.uid), mapId(policy.gidMap, inode.gid)];
  if (kind === 'char' || kind === 'block') losses.push({ kind: 'device', detail: `${kind} ${inode.device.join(':')}` });
  else if (uid !== privilege.uid || !(gid === policy.freshGid || privilege.groups.has(gid))) {
    losses.push({ kind: 'owner', detail: `${inode.uid}:${inode.gid}` });
  }
  return losses;
}

function* xattrLosses(inode: Inode, policy: AttributePolicy, privilege: Privilege): Generator<PathlessLoss> {
  const takesUserXattrs = inode.kind === 'file' || inode.kind === 'directory';
  const forgotten = forgottenAcl(inode);
  for (const name of inode.xattrs?.keys() ?? []) {
    if (isHostXattr(name) && !policy.hostXattrs) continue;
    const isUser = name.startsWith('user.');
    const isPrivileged = name.startsWith('security.') || name.startsWith('trusted.');
    if ((isUser && !takesUserXattrs) || (isPrivileged && privilege.uid !== 0) || name === forgotten) {
      yield { kind: 'xattr', detail: toDisplayText(name) };
    }
  }
}

/** @throws HOST_LOSS when there is any loss and losses were not allowed */
export function refuseLosses(losses: readonly Loss[], allowLossy: boolean): void {
  if (allowLossy || losses.length === 0) return;
  const byKind = Map.groupBy(losses, ({ kind }) => kind);
  throw new HoldfastError('HOST_LOSS', {
    losses: [...byKind].map(([kind, found]) => ({
      kind,
      count: found.length,
      example: toDisplayText(found[0]?.path ?? ('' as ByteString)) || '.',
    })),
  });
}

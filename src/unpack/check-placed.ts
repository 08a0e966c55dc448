import { formatTimestamp } from '../base/index.ts';
import { type AttributePolicy, type FileIdentity, mapId } from '../host/index.ts';
import type { Inode } from '../tree/index.ts';
import { forgottenAcl } from './access-acl.ts';
import type { PlacedLoss } from './place-inode.ts';

/**
 * Compares what the file system says of a placed inode with what was wanted. Some file systems clamp times or drop
 * set-id bits without an error; such a loss is found here.
 */
export function checkPlaced(
  identity: FileIdentity,
  inode: Inode,
  policy: AttributePolicy,
  refused: readonly PlacedLoss[],
): PlacedLoss[] {
  const losses: PlacedLoss[] = [];
  const add = (kind: PlacedLoss['kind'], detail: string): void => {
    if (!refused.some((loss) => loss.kind === kind)) losses.push({ kind, detail });
  };
  const [uid, gid] = [mapId(policy.uidMap, inode.uid), mapId(policy.gidMap, inode.gid)];
  if (identity.uid !== uid || identity.gid !== gid) add('owner', `${inode.uid}:${inode.gid}`);
  if (identity.mode !== inode.mode && inode.kind !== 'symlink') add('mode', inode.mode.toString(8));
  const { seconds, nanoseconds } = inode.mtime;
  if (identity.mtime.seconds !== seconds || identity.mtime.nanoseconds !== nanoseconds) {
    add('time', formatTimestamp(inode.mtime));
  }
  const acl = forgottenAcl(inode);
  if (acl !== undefined && !refused.some(({ detail }) => detail.startsWith(acl)))
    losses.push({ kind: 'xattr', detail: acl });
  return losses;
}

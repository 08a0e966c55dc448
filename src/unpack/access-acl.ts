/** What an access ACL and the mode of a file have to do with each other. */

import { type ByteString, fromText } from '../base/index.ts';
import type { Inode } from '../tree/index.ts';

/** Of linux/posix_acl_xattr.h: a version, then entries of tag, permissions and id. */
const version = 2;
const headBytes = 4;
const entryBytes = 8;
const tags = { owner: 0x01, group: 0x04, mask: 0x10, others: 0x20 } as const;

const name = fromText('system.posix_acl_access');

/** The name of an inode's access ACL where Linux does not keep it beside the mode, undefined otherwise. */
export function forgottenAcl(inode: Inode): ByteString | undefined {
  const acl = inode.xattrs?.get(name);
  return acl !== undefined && !isKeptBeside(inode.mode, acl) ? name : undefined;
}

/**
 * Whether Linux keeps this access ACL beside this mode. It has one place for the owner's, the mask's and the others'
 * permissions and for the mode's nine bits, and forgets an ACL that says no more than those. A malformed ACL is refused
 * when it is set, so it counts as kept here.
 */
function isKeptBeside(mode: number, acl: Uint8Array): boolean {
  const view = new DataView(acl.buffer, acl.byteOffset, acl.byteLength);
  const count = (acl.length - headBytes) / entryBytes;
  if (!Number.isInteger(count) || count < 1 || view.getUint32(0, true) !== version) return true;
  const permissions = new Map<number, number>();
  for (let at = headBytes; at < acl.length; at += entryBytes) {
    permissions.set(view.getUint16(at, true), view.getUint16(at + 2, true));
  }
  const of = (tag: number): number => permissions.get(tag) ?? 0;
  const middle = permissions.get(tags.mask) ?? of(tags.group);
  const bits = (of(tags.owner) << 6) | (middle << 3) | of(tags.others);
  return count > 3 && bits === (mode & 0o777);
}

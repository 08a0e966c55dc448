/** POSIX ACLs: from the text of SCHILY.acl.* records to the bytes of the xattr that Linux keeps them in. */

interface AclEntry {
  readonly tag: number;
  readonly permissions: number;
  readonly id: number;
}

/** An ACL in the kernel's form, or why the text is none. */
export type Acl =
  | {
      readonly bytes: Uint8Array;
      /** The nine permission bits of a file that has this access ACL: owner, mask or group, others. */
      readonly permissions: number;
      /** Whether it says no more than those nine bits do; the kernel then stores no access ACL. */
      readonly minimal: boolean;
    }
  | { readonly problem: string };

/** Tags of linux/posix_acl.h; the kernel wants the entries in this order. */
const tags = { user: 0x01, namedUser: 0x02, group: 0x04, namedGroup: 0x08, mask: 0x10, other: 0x20 } as const;
const version = 2;
const noId = 0xffffffff;

/**
 * Entries are separated by newlines or commas, each TYPE:NAME:PERMISSIONS (POSIX 1003.1e draft 17) or, as star and
 * libarchive write them, with the numeric id as a fourth field. A name without a number has no meaning in an image,
 * except root.
 */
export function parseAclText(text: string): Acl {
  const entries: AclEntry[] = [];
  for (const line of text.split(/[\n,]/)) {
    const bare = line.replace(/#.*$/, '').trim();
    if (bare === '') continue;
    const entry = parseEntry(bare);
    if (typeof entry === 'string') return { problem: entry };
    entries.push(entry);
  }
  entries.sort((a, b) => a.tag - b.tag || a.id - b.id);
  const problem = findProblem(entries);
  return problem === undefined ? encode(entries) : { problem };
}

function parseEntry(text: string): AclEntry | string {
  const match =
    /^(?:d(?:efault)?:)?(u(?:ser)?|g(?:roup)?|m(?:ask)?|o(?:ther)?):(?:([^:]*):)?([r-][w-][x-])(?::(.*))?$/.exec(
      text.replace(/\s+/g, ''),
    );
  if (match === null) return `has the unknown entry ${text}`;
  const [, name = '', qualifier = '', letters = '', number = qualifier] = match;
  const permissions = (letters[0] === 'r' ? 4 : 0) | (letters[1] === 'w' ? 2 : 0) | (letters[2] === 'x' ? 1 : 0);
  if (name.startsWith('m')) return { tag: tags.mask, permissions, id: noId };
  if (name.startsWith('o')) return { tag: tags.other, permissions, id: noId };
  const isUser = name.startsWith('u');
  if (qualifier === '') return { tag: isUser ? tags.user : tags.group, permissions, id: noId };
  const id = readId(number);
  if (id === undefined) return `names ${qualifier} without a number`;
  return { tag: isUser ? tags.namedUser : tags.namedGroup, permissions, id };
}

function readId(text: string): number | undefined {
  if (text === 'root') return 0;
  if (!/^[0-9]{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id < noId ? id : undefined;
}

/** What posix_acl_valid() of the kernel refuses. */
function findProblem(sorted: readonly AclEntry[]): string | undefined {
  const count = (tag: number) => sorted.filter((entry) => entry.tag === tag).length;
  if (count(tags.user) !== 1 || count(tags.group) !== 1 || count(tags.other) !== 1) {
    return 'must have one entry each for owner, group and others';
  }
  const named = count(tags.namedUser) + count(tags.namedGroup);
  if (count(tags.mask) > 1 || (named > 0 && count(tags.mask) === 0)) return 'must have one mask';
  const twice = sorted.some((entry, at) => entry.tag === sorted[at - 1]?.tag && entry.id === sorted[at - 1]?.id);
  return twice ? 'names a user or group twice' : undefined;
}

function encode(sorted: readonly AclEntry[]): Acl {
  const bytes = new Uint8Array(4 + 8 * sorted.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, version, true);
  for (const [at, entry] of sorted.entries()) {
    view.setUint16(4 + 8 * at, entry.tag, true);
    view.setUint16(6 + 8 * at, entry.permissions, true);
    view.setUint32(8 + 8 * at, entry.id, true);
  }
  const of = (tag: number) => sorted.find((entry) => entry.tag === tag)?.permissions;
  const middle = of(tags.mask) ?? of(tags.group) ?? 0;
  const permissions = ((of(tags.user) ?? 0) << 6) | (middle << 3) | (of(tags.other) ?? 0);
  return { bytes, permissions, minimal: sorted.length === 3 };
}

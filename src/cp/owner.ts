/** Who is to own what is copied: numbers, or names that are looked up in the image. */
import { type ByteString, fromJsonText, HoldfastError } from '../base/index.ts';

/** An id, or a name that stands for one. */
export type WantedId = number | ByteString;

export interface WantedOwner {
  readonly user?: WantedId;
  readonly group?: WantedId;
}

export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** The largest id that a file can have; the one above it means "leave it as it is" to chown(2). */
const maxId = 2 ** 32 - 2;

/** Reads `USER[:GROUP]`, or `:GROUP` for the group alone. @throws USAGE */
export function parseOwner(text: string): WantedOwner {
  const [, user = '', group] = /^([^:\0/]*)(?::([^:\0/]+))?$/.exec(text) ?? [];
  if (user === '' && group === undefined) {
    const hint = 'an owner looks like www-data, 1000, app:app or :adm';
    throw new HoldfastError('USAGE', { message: `${JSON.stringify(text)} is not an owner`, hint });
  }
  return { ...(user === '' ? {} : { user: parseId(user) }), ...(group === undefined ? {} : { group: parseId(group) }) };
}

function parseId(text: string): WantedId {
  if (!/^\d+$/.test(text)) return fromJsonText(text);
  if (Number(text) <= maxId) return Number(text);
  throw new HoldfastError('USAGE', { message: `${text} is not an id: the largest is ${maxId}` });
}

/** Reads a file of the image; undefined where there is none. */
export type ReadFile = (path: string) => Promise<ByteString | undefined>;

/**
 * The ids that names stand for in `/etc/passwd` and `/etc/group`. As with Docker's COPY, a user without a group brings the
 * group that `/etc/passwd` gives it, and a number stands for a group of the same number.
 * @throws OWNER_UNKNOWN, and what `read` throws
 */
export async function findOwner({ user, group }: WantedOwner, read: ReadFile): Promise<Owner> {
  const own = user === undefined ? {} : await findUser(user, read);
  if (group === undefined) return own;
  return { ...own, gid: typeof group === 'number' ? group : await findGroup(group, read) };
}

async function findUser(user: WantedId, read: ReadFile): Promise<Owner> {
  if (typeof user === 'number') return { uid: user, gid: user };
  const [uid, gid] = await idsOf(user, 'etc/passwd', read);
  if (uid === undefined || gid === undefined) throw new HoldfastError('OWNER_UNKNOWN', { what: 'user', name: user });
  return { uid, gid };
}

async function findGroup(group: ByteString, read: ReadFile): Promise<number> {
  const [gid] = await idsOf(group, 'etc/group', read);
  if (gid === undefined) throw new HoldfastError('OWNER_UNKNOWN', { what: 'group', name: group });
  return gid;
}

/** The numbers behind the password of the first line of a name (passwd(5), group(5)). */
async function idsOf(name: ByteString, file: string, read: ReadFile): Promise<readonly (number | undefined)[]> {
  const lines = (await read(file))?.split('\n') ?? [];
  const fields = lines.find((line) => line.startsWith(`${name}:`))?.split(':') ?? [];
  return fields.slice(2, 4).map((field) => (/^\d+$/.test(field) && Number(field) <= maxId ? Number(field) : undefined));
}

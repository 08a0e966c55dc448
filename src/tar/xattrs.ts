/** Extended attributes and ACLs, in the four spellings that PAX headers have for them. */
import { type ByteString, fromBytes, fromText, HoldfastError, limitFlags, type NoteCode } from '../base/index.ts';
import { parseAclText } from './acl.ts';
import type { PaxRecord } from './pax-records.ts';

export interface Attributes {
  readonly xattrs: ReadonlyMap<ByteString, Uint8Array> | undefined;
  /** The nine permission bits that an access ACL in text form gives the file. */
  readonly permissions: number | undefined;
  readonly notes: readonly NoteCode[];
}

export const noAttributes: Attributes = { xattrs: undefined, permissions: undefined, notes: [] };

const schily = 'SCHILY.xattr.';
const libarchive = 'LIBARCHIVE.xattr.';
/** Where the kernel keeps what these records say. */
const aclNames: ReadonlyMap<string, ByteString> = new Map([
  ['SCHILY.acl.access', fromText('system.posix_acl_access')],
  ['SCHILY.acl.default', fromText('system.posix_acl_default')],
]);
const selinuxKey = 'RHT.security.selinux';
const selinuxName = fromText('security.selinux');
const longestName = 255;
const longestValue = 64 * 1024;

/** @throws XATTR_INVALID, LIMIT_EXCEEDED (names and values together). */
export function readAttributes(records: readonly PaxRecord[], path: ByteString, maxBytes: number): Attributes {
  const reader = new AttributeReader(path);
  for (const record of records) reader.readRaw(record);
  for (const record of records) reader.readText(record);
  return reader.finish(maxBytes);
}

/** The PAX key for an xattr: GNU tar's, which spells "=" as %3D, and % as %25 where it would be read as such. */
export function xattrKey(name: ByteString): string {
  return schily + name.replace(/%(?=3D|25)/g, '%25').replace(/=/g, '%3D');
}

class AttributeReader {
  readonly #path: ByteString;
  readonly #xattrs = new Map<ByteString, Uint8Array>();
  readonly #spelledBy = new Map<ByteString, string>();
  readonly #notes = new Set<NoteCode>();
  #permissions: number | undefined;

  constructor(path: ByteString) {
    this.#path = path;
  }

  /** The spellings that carry the value's bytes. */
  readRaw({ key, value }: PaxRecord): void {
    if (key.startsWith(schily)) {
      const spelled = key.slice(schily.length) as ByteString;
      const name = spelled.replace(/%(3D|25)/g, (_, hex) => (hex === '3D' ? '=' : '%')) as ByteString;
      if (name !== spelled) this.#notes.add('XATTR_NAME_DECODED');
      this.#set(name, new Uint8Array(value), schily);
    } else if (key.startsWith(libarchive)) {
      const name = this.#decodeName(key.slice(libarchive.length) as ByteString);
      this.#set(name, this.#decodeValue(name, fromBytes(value)), libarchive);
    }
  }

  /** The spellings as text; the same xattr given as bytes is exact, so it holds. */
  readText({ key, value }: PaxRecord): void {
    const aclName = aclNames.get(key);
    if (aclName !== undefined && !this.#xattrs.has(aclName)) this.#setAcl(aclName, fromBytes(value));
    if (key === selinuxKey && !this.#xattrs.has(selinuxName)) {
      this.#set(selinuxName, new Uint8Array(Buffer.concat([value, Buffer.of(0)])), selinuxKey);
    }
  }

  finish(maxBytes: number): Attributes {
    let bytes = 0;
    for (const [name, value] of this.#xattrs) bytes += name.length + value.length;
    if (bytes > maxBytes) {
      const limit = `bytes of extended attributes (there are ${bytes})`;
      const data = { limit, flag: limitFlags.maxXattrBytes, value: String(maxBytes), path: this.#path };
      throw new HoldfastError('LIMIT_EXCEEDED', data);
    }
    const xattrs = this.#xattrs.size > 0 ? this.#xattrs : undefined;
    return { xattrs, permissions: this.#permissions, notes: [...this.#notes] };
  }

  #set(name: ByteString, value: Uint8Array, spelling: string): void {
    if (!/^[^.]+\../s.test(name)) throw this.#invalid(name, 'has no name behind a namespace, such as user.NAME');
    if (name.includes('\0')) throw this.#invalid(name, 'has a NUL byte in its name');
    if (name.length > longestName) throw this.#invalid(name, `has a name longer than ${longestName} bytes`);
    if (value.length > longestValue) throw this.#invalid(name, `has a value longer than ${longestValue} bytes`);
    const before = this.#xattrs.get(name);
    if (before !== undefined && this.#spelledBy.get(name) !== spelling && Buffer.compare(before, value) !== 0) {
      throw this.#invalid(name, 'is given twice with different values');
    }
    this.#xattrs.set(name, value);
    this.#spelledBy.set(name, spelling);
  }

  #setAcl(name: ByteString, text: ByteString): void {
    if (/^\s*$/.test(text)) return;
    const acl = parseAclText(text);
    if ('problem' in acl) throw this.#invalid(name, acl.problem);
    const isAccess = name === 'system.posix_acl_access';
    if (isAccess) this.#permissions = acl.permissions;
    if (!isAccess || !acl.minimal) this.#xattrs.set(name, acl.bytes);
  }

  #decodeName(spelled: ByteString): ByteString {
    if (/%(?![0-9A-Fa-f]{2})/.test(spelled)) throw this.#invalid(spelled, 'has a name that is not URL-encoded');
    const decode = (_: string, hex: string) => String.fromCharCode(Number.parseInt(hex, 16));
    return spelled.replace(/%([0-9A-Fa-f]{2})/g, decode) as ByteString;
  }

  #decodeValue(name: ByteString, text: ByteString): Uint8Array {
    const digits = text.replace(/={1,2}$/, '');
    if (!/^[A-Za-z0-9+/]*$/.test(digits) || digits.length % 4 === 1) throw this.#invalid(name, 'is not valid base64');
    return new Uint8Array(Buffer.from(digits, 'base64'));
  }

  #invalid(xattr: ByteString, reason: string): HoldfastError {
    return new HoldfastError('XATTR_INVALID', { path: this.#path, xattr, reason });
  }
}

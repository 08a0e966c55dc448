import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ReadTarEntry } from '../../src/tar/index.ts';
import { archive, header, pax } from './raw-archive.ts';
import { onlyEntry, refusal } from './read-archive.ts';

type Records = readonly (readonly [string, string | Uint8Array])[];

const read = (...records: Records): ReadTarEntry => onlyEntry(archive(pax(...records), header()));
const asText = (entry: ReadTarEntry) =>
  Object.fromEntries([...(entry.xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('latin1')]));
const hexOf = (entry: ReadTarEntry, name: string) => {
  const value = new Map<string, Uint8Array>(entry.xattrs ?? []).get(name);
  return value && Buffer.from(value).toString('hex');
};

void describe('xattrs', () => {
  void test('reads raw SCHILY values, an empty one being a value', () => {
    const entry = read(['SCHILY.xattr.user.a', 'x\0\n'], ['SCHILY.xattr.user.empty', '']);
    assert.deepEqual(asText(entry), { 'user.a': 'x\0\n', 'user.empty': '' });
    assert.equal(Object.getPrototypeOf(entry.xattrs?.values().next().value), Uint8Array.prototype);
  });

  void test('reads LIBARCHIVE names and values by their encodings, with and without "="', () => {
    const entry = read(['LIBARCHIVE.xattr.user.a%3Db%ff', 'eA'], ['LIBARCHIVE.xattr.user.c', 'eHk=']);
    assert.deepEqual(asText(entry), { 'user.a=b\xff': 'x', 'user.c': 'xy' });
  });

  void test('accepts the same value in both encodings, as libarchive writes it', () => {
    const entry = read(['LIBARCHIVE.xattr.user.a', 'eA'], ['SCHILY.xattr.user.a', 'x']);
    assert.deepEqual(asText(entry), { 'user.a': 'x' });
  });

  void test('reads %3D and %25 in SCHILY names as GNU tar does, and notes it; other escapes stay', () => {
    const entry = read(['SCHILY.xattr.user.a%3Db%253D', 'x'], ['SCHILY.xattr.user.%41%', 'y']);
    assert.deepEqual(asText(entry), { 'user.a=b%3D': 'x', 'user.%41%': 'y' });
    assert.deepEqual(entry.notes, ['XATTR_NAME_DECODED']);
  });

  void test('keeps the values when the chunk they came in is overwritten', () => {
    const bytes = archive(pax(['SCHILY.xattr.user.a', 'value']), header());
    const entry = onlyEntry(bytes);
    bytes.fill(0);
    assert.deepEqual(asText(entry), { 'user.a': 'value' });
  });

  void test('gives the SELinux label of Red Hat records the NUL that the kernel keeps', () => {
    assert.deepEqual(asText(read(['RHT.security.selinux', 'u:r:t:s0'])), { 'security.selinux': 'u:r:t:s0\0' });
    const both = read(['RHT.security.selinux', 'x'], ['SCHILY.xattr.security.selinux', 'y\0']);
    assert.deepEqual(asText(both), { 'security.selinux': 'y\0' });
  });

  void test('reads the xattrs of links and directories too', () => {
    const link = onlyEntry(archive(pax(['SCHILY.xattr.trusted.t', 'q']), header({ typeflag: '2', linkName: 't' })));
    assert.deepEqual(asText(link), { 'trusted.t': 'q' });
  });
});

/** What Linux gave for setfacl -m u:1000:rwx,g:2000:r-x on a file of mode 0640. */
const kernelForm =
  '0200000001000600ffffffff02000700e803000004000400ffffffff08000500d007000010000700ffffffff20000000ffffffff';

void describe('POSIX ACLs', () => {
  for (const [form, text] of Object.entries({
    'GNU tar': 'user::rw-\nuser:1000:rwx\ngroup::r--\ngroup:2000:r-x\nmask::rwx\nother::---\n',
    'libarchive with names and numbers':
      'user::rw-,group::r--,other::---,user:lisa:rwx:1000,group:2000:r-x:2000,mask::rwx',
    'short words, two-field masks and comments': 'u::rw-,u:1000:rwx,g::r--,g:2000:r-x #effective:r-x,m:rwx,o:---',
  })) {
    void test(`turns the text of ${form} into the bytes that the kernel keeps`, () => {
      const entry = read(['SCHILY.acl.access', text]);
      assert.equal(hexOf(entry, 'system.posix_acl_access'), kernelForm);
      assert.equal(entry.mode, 0o670);
    });
  }

  void test('keeps a default ACL under its own name, a minimal one too', () => {
    const text = 'default:user::rwx,default:group::r-x,default:other::---';
    const entry = onlyEntry(archive(pax(['SCHILY.acl.default', text]), header({ typeflag: '5', mode: '0000755\0' })));
    assert.equal(hexOf(entry, 'system.posix_acl_default'), '0200000001000700ffffffff04000500ffffffff20000000ffffffff');
    assert.equal(entry.mode, 0o755);
  });

  void test('turns an access ACL that says no more than the mode into the mode', () => {
    const entry = read(['SCHILY.acl.access', 'user::rwx,group::---,other::---']);
    assert.deepEqual([entry.xattrs, entry.mode], [undefined, 0o700]);
  });

  void test('takes root for 0, and the bytes of the xattr before its text', () => {
    const text = 'user::rw-,user:root:rwx,group::r--,mask::rwx,other::---';
    assert.match(hexOf(read(['SCHILY.acl.access', text]), 'system.posix_acl_access') ?? '', /0200070000000000/);
    const both = read(['SCHILY.acl.access', 'user:lisa:rwx'], ['SCHILY.xattr.system.posix_acl_access', 'raw']);
    assert.deepEqual([asText(both), both.mode], [{ 'system.posix_acl_access': 'raw' }, 0o644]);
  });

  void test('ignores an empty ACL', () => {
    assert.equal(read(['SCHILY.acl.access', ''], ['SCHILY.acl.default', '\n']).xattrs, undefined);
  });

  const base = 'user::rw-,group::r--,other::---';
  for (const [fault, text] of Object.entries({
    'a user without a number': `${base},mask::rwx,user:lisa:rwx`,
    'no entry for the owner': 'group::r--,other::---',
    'two entries for others': `${base},other::r--`,
    'a named user but no mask': `${base},user:1000:rwx`,
    'two masks': `${base},mask::rwx,mask::r--`,
    'one user twice': `${base},mask::rwx,user:1:rwx,user:1:r--`,
    'permissions as a number': `${base},mask::7`,
    'permissions out of order': `${base},mask::xwr`,
    'an unknown type': `${base},everyone::rwx`,
    'a user 4294967295': `${base},mask::rwx,user:4294967295:rwx`,
    'nothing it should have': 'nonsense',
  })) {
    void test(`refuses an ACL with ${fault}`, () => {
      assert.equal(refusal(archive(pax(['SCHILY.acl.access', text]), header())), 'XATTR_INVALID');
    });
  }
});

/** Rule 7 of applying a layer: attributes are exact. */
import {
  base256,
  directory,
  fifo,
  file,
  hardlink,
  opaque,
  paxHeader,
  rawEntry,
  rawTar,
  symlink,
  whiteout,
} from '../../src/testing/index.ts';
import type { ApplyCase } from './apply-case.ts';

const host = { 'security.selinux': 'system_u:object_r:bin_t:s0\0', 'security.ima': '\x03', 'user.a': '1' };
const overlay = { 'trusted.overlay.opaque': 'y', 'user.overlay.redirect': '/elsewhere', 'user.a': '1' };
const kept = { 'user.a': '1' };
const keptParent = directory('d', { mode: 0o1777, mtime: 11, xattrs: kept });
const modes = [
  file('all', '', { mode: 0o7777 }),
  file('none', '', { mode: 0 }),
  directory('closed', { mode: 0 }),
  file('closed/inside', '1', { mode: 0o400 }),
  directory('setgid', { mode: 0o2755, gid: 50 }),
  file('setgid/f', ''),
  directory('setgid/d', { mode: 0o755 }),
  directory('sticky', { mode: 0o7777 }),
];
const times = [
  file('zero', '', { mtime: 0 }),
  file('just-before', '', { mtime: { seconds: -1, nanoseconds: 999_999_999 } }),
  directory('after-2106', { mtime: { seconds: 2 ** 32 + 5, nanoseconds: 1 } }),
  file('after-2106/f', ''),
  symlink('l', 'x', { mtime: { seconds: 7, nanoseconds: 7 } }),
  fifo('p', { mtime: { seconds: -100, nanoseconds: 0 } }),
];
const texts = [
  symlink('a', 'trailing/'),
  symlink('b', '//x//y/.'),
  symlink('c', ' space\nnewline'),
  symlink('d', Buffer.from([0xff, 0xfe])),
  symlink('e', 'm'.repeat(4095)),
  symlink('f', '/proc/self/root/etc/passwd'),
  symlink('g', '..'),
];

const bits: readonly ApplyCase[] = [
  {
    id: 'spec-501',
    title: 'file type bits in the mode field are ignored, and noted where they contradict the type flag',
    layers: [
      rawTar(
        rawEntry({ name: 'f', mode: 0o120_755 }),
        rawEntry({ name: 'd', typeflag: '5', mode: 0o040_711 }),
        rawEntry({ name: 'l', typeflag: '2', linkName: 'f', mode: 0o120_777 }),
      ),
    ],
    expect: { tree: [file('f', '', { mode: 0o755 }), directory('d', { mode: 0o711 }), symlink('l', 'f')] },
    notes: ['MODE_TYPE_BITS'],
  },
  {
    id: 'spec-502',
    title: 'every mode bit is kept, also of what nobody may read and below a set-group-id directory',
    layers: [modes],
    expect: { tree: modes },
    needsRoot: true,
  },
  ...(['uid', 'gid'] as const).map((field, index): ApplyCase => ({
    id: `spec-503${'ab'.charAt(index)}`,
    title: `the ${field} 4294967295 is an error`,
    layers: [rawTar(rawEntry({ name: 'f', magic: 'gnu', [field]: base256(4_294_967_295, 8) }))],
    expect: { error: 'ID_OUT_OF_RANGE' },
  })),
  {
    id: 'spec-503c',
    title: 'the uid 4294967295 in a PAX header is an error',
    layers: [rawTar(paxHeader({ uid: '4294967295' }), rawEntry({ name: 'f' }))],
    expect: { error: 'ID_OUT_OF_RANGE' },
  },
  {
    id: 'spec-504',
    title: 'names of users and groups are ignored',
    layers: [rawTar(rawEntry({ name: 'f', uid: 7, gid: 8, uname: 'root', gname: 'daemon' }))],
    expect: { tree: [file('f', '', { uid: 7, gid: 8 })] },
    needsRoot: true,
  },
  {
    id: 'spec-505',
    title: 'times are exact on files, directories, links and pipes',
    layers: [times],
    expect: { tree: times },
  },
  {
    id: 'spec-506',
    title: 'a parent keeps its attributes and its time whatever a layer does below it',
    layers: [
      [keptParent, file('d/gone'), file('d/other', '1'), directory('d/sub')],
      [whiteout('d/gone'), hardlink('d/link', 'd/other'), symlink('d/sub', 'x'), file('d/new')],
    ],
    expect: {
      tree: [keptParent, file('d/other', '1'), hardlink('d/link', 'd/other'), symlink('d/sub', 'x'), file('d/new')],
    },
  },
  {
    id: 'spec-507',
    title: 'the text of a symbolic link is kept byte by byte, however it looks',
    layers: [texts],
    expect: { tree: texts },
  },
  {
    id: 'spec-508',
    title: 'a symbolic link without a text is an error',
    layers: [rawTar(rawEntry({ name: 'l', typeflag: '2', linkName: '' }))],
    expect: { error: 'LINK_TEXT_INVALID' },
  },
  {
    id: 'spec-509',
    title: 'a symbolic link text of 4096 bytes is an error',
    layers: [[symlink('l', 'm'.repeat(4096))]],
    expect: { error: 'LINK_TEXT_INVALID' },
  },
];

const xattrs: readonly ApplyCase[] = [
  {
    id: 'spec-520',
    title: 'an empty xattr value is a value',
    layers: [
      [file('f', '', { xattrs: { 'user.empty': '', 'user.a': '1' } })],
      rawTar(paxHeader({ 'SCHILY.xattr.user.empty': '' }), rawEntry({ name: 'g' })),
    ],
    expect: {
      tree: [
        file('f', '', { xattrs: { 'user.empty': '', 'user.a': '1' } }),
        file('g', '', { xattrs: { 'user.empty': '' } }),
      ],
    },
  },
  {
    id: 'spec-521',
    title: 'xattrs in the LIBARCHIVE form are read',
    layers: [rawTar(paxHeader({ 'LIBARCHIVE.xattr.user.l': 'aGVsbG8' }), rawEntry({ name: 'f' }))],
    expect: { tree: [file('f', '', { xattrs: { 'user.l': 'hello' } })] },
  },
  {
    id: 'spec-522',
    title: 'xattrs that belong to the host stay in the tree and are not set on disk',
    layers: [[file('f', '', { xattrs: host }), directory('d', { xattrs: overlay })]],
    expect: { tree: [file('f', '', { xattrs: host }), directory('d', { xattrs: overlay })] },
    onDisk: { tree: [file('f', '', { xattrs: kept }), directory('d', { xattrs: kept })] },
    needsRoot: true,
  },
  {
    id: 'spec-523',
    title: 'xattrs of overlay file systems are data: an opaque one hides nothing',
    layers: [[file('d/x', '1')], [directory('d', { xattrs: overlay })]],
    expect: { tree: [directory('d', { xattrs: overlay }), file('d/x', '1')] },
    onDisk: { tree: [directory('d', { xattrs: kept }), file('d/x', '1')] },
    needsRoot: true,
  },
  {
    id: 'spec-524',
    title: 'an xattr that a pipe cannot have on disk is a loss there',
    layers: [[fifo('p', { xattrs: kept })]],
    expect: { tree: [fifo('p', { xattrs: kept })] },
    onDisk: { error: 'HOST_LOSS' },
  },
  {
    id: 'spec-525',
    title: 'an xattr without a namespace is an error',
    layers: [rawTar(paxHeader({ 'SCHILY.xattr.bare': '1' }), rawEntry({ name: 'f' }))],
    expect: { error: 'XATTR_INVALID' },
  },
  {
    id: 'spec-526',
    title: 'an xattr value over 64 KiB is an error',
    layers: [rawTar(paxHeader({ 'SCHILY.xattr.user.big': 'x'.repeat(65_537) }), rawEntry({ name: 'f' }))],
    expect: { error: 'XATTR_INVALID' },
  },
  {
    id: 'spec-527',
    title: 'xattrs stay with the inode when its first name goes',
    layers: [[file('a', '1', { xattrs: kept }), hardlink('b', 'a')], [whiteout('a')]],
    expect: { tree: [file('b', '1', { xattrs: kept })] },
  },
  {
    id: 'spec-528',
    title: 'an opaque marker keeps the xattrs of its directory',
    layers: [[directory('d', { xattrs: kept }), file('d/x')], [opaque('d')]],
    expect: { tree: [directory('d', { xattrs: kept })] },
  },
];

export const attributeCases: readonly ApplyCase[] = [...bits, ...xattrs];

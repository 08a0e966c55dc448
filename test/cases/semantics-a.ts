/**
 * The forty questions about applying layers on which container tools differ, answered as `layer-semantics` answers them.
 * Compressed streams (the rest of A39) are the codec's tests.
 */
import {
  base256,
  blockDevice,
  charDevice,
  directory,
  file,
  gnuLongName,
  gnuSparse,
  hardlink,
  opaque,
  paxHeader,
  paxSparse,
  rawEntry,
  rawTar,
  sparseFile,
  symlink,
  tarOf,
  whiteout,
} from '../../src/testing/index.ts';
import type { ApplyCase } from './apply-case.ts';

/** cap_net_bind_service as `setcap` stores it (revision 2). */
export const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');

const megabyte = 1024 * 1024;
const merged = [symlink('bin', 'usr/bin'), file('usr/bin/sh', 'sh')];
const opaqueBase = [directory('a', { mode: 0o750 }), directory('a/b'), file('a/b/old'), file('a/z')];
const opaqueResult = [directory('a', { mode: 0o750 }), file('a/b/c', '1')];
const linkedThroughLower = [file('etc/gone'), symlink('loc', '/etc')];
const runs = [
  { offset: 0, data: 'first'.padEnd(512, '.') },
  { offset: 5 * megabyte, data: 'x'.repeat(4096) },
  { offset: 16 * megabyte - 4, data: 'last' },
];
const sparse = { realSize: 16 * megabyte, runs };
const longPath = `${'d'.repeat(150)}/${'e'.repeat(149)}`;

const directories: readonly ApplyCase[] = [
  {
    id: 'A01',
    title: 'a directory entry replaces a symbolic link of a lower layer',
    layers: [merged, [directory('bin/'), file('bin/tmate', 't')]],
    expect: { tree: [directory('bin'), file('bin/tmate', 't'), file('usr/bin/sh', 'sh')] },
  },
  {
    id: 'A02a',
    title: 'a parent that is a symbolic link of a lower layer becomes an implied directory',
    layers: [merged, [file('bin/tmate', 't')]],
    expect: { tree: [file('bin/tmate', 't'), file('usr/bin/sh', 'sh')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'A02b',
    title: 'with follow, a parent that is a symbolic link of a lower layer is gone through',
    layers: [merged, [file('bin/tmate', 't')]],
    onConflict: 'follow',
    expect: { tree: [...merged, file('usr/bin/tmate', 't')] },
  },
  {
    id: 'A02c',
    title: 'with error, a parent that is a symbolic link of a lower layer is refused',
    layers: [merged, [file('bin/tmate', 't')]],
    onConflict: 'error',
    expect: { error: 'CONFLICT_REFUSED' },
  },
  {
    id: 'A03a',
    title: 'a symbolic link replaces a directory with all it holds',
    layers: [[directory('opt/a'), file('opt/a/x')], [symlink('opt/a', '/etc')]],
    expect: { tree: [symlink('opt/a', '/etc')] },
  },
  {
    id: 'A03b',
    title: 'a file replaces a symbolic link and leaves what the link points to',
    layers: [
      [directory('opt/a'), file('opt/a/x'), directory('etc', { mode: 0o700 })],
      [symlink('opt/a', '/etc')],
      [file('opt/a', 'n')],
    ],
    expect: { tree: [directory('etc', { mode: 0o700 }), file('opt/a', 'n')] },
  },
  {
    id: 'A04',
    title:
      'a directory entry over a directory replaces its attributes as a set, xattrs included, and keeps its children',
    layers: [
      [directory('p', { mode: 0o700, xattrs: { 'user.a': '1' } }), file('p/k')],
      [directory('p', { mtime: 5, xattrs: { 'user.b': '2' } })],
    ],
    expect: { tree: [directory('p', { mtime: 5, xattrs: { 'user.b': '2' } }), file('p/k')] },
  },
];

const whiteouts: readonly ApplyCase[] = [
  {
    id: 'A05a',
    title: 'a whiteout after the file of the same layer leaves that file',
    layers: [[file('foo', 'old')], [file('foo', 'new'), whiteout('foo')]],
    expect: { tree: [file('foo', 'new')] },
  },
  {
    id: 'A05b',
    title: 'a whiteout before the file of the same layer leaves that file',
    layers: [[file('foo', 'old')], [whiteout('foo'), file('foo', 'new')]],
    expect: { tree: [file('foo', 'new')] },
  },
  {
    id: 'A06a',
    title: 'a directory removed and made again in one layer holds only what is new',
    layers: [
      [directory('foo', { mode: 0o700 }), file('foo/old')],
      [whiteout('foo'), directory('foo'), file('foo/new')],
    ],
    expect: { tree: [directory('foo'), file('foo/new')] },
  },
  {
    id: 'A06b',
    title: 'the same with the whiteout between directory and file',
    layers: [
      [directory('foo'), file('foo/old')],
      [directory('foo'), whiteout('foo'), file('foo/new')],
    ],
    expect: { tree: [directory('foo'), file('foo/new')] },
  },
  {
    id: 'A06c',
    title: 'the same with the whiteout last',
    layers: [
      [directory('foo'), file('foo/old')],
      [file('foo/new'), directory('foo'), whiteout('foo')],
    ],
    expect: { tree: [directory('foo'), file('foo/new')] },
  },
  {
    id: 'A07',
    title: 'a removed directory that a new file needs again is implied, without its old attributes',
    layers: [
      [directory('foo', { mode: 0o700, xattrs: { 'user.a': '1' } }), file('foo/old')],
      [whiteout('foo'), file('foo/new')],
    ],
    expect: { tree: [file('foo/new')] },
  },
  {
    id: 'A08',
    title: 'an opaque marker after the entries hides only what is below, where a parent has no entry',
    layers: [opaqueBase, [file('a/b/c', '1'), opaque('a')]],
    expect: { tree: opaqueResult },
  },
  {
    id: 'A09a',
    title: 'an opaque marker before the entries does the same',
    layers: [opaqueBase, [opaque('a'), file('a/b/c', '1')]],
    expect: { tree: opaqueResult },
  },
  {
    id: 'A09b',
    title: 'an opaque marker does the same where every parent has an entry',
    layers: [
      opaqueBase,
      [directory('a', { mode: 0o700 }), directory('a/b', { mtime: 3 }), file('a/b/c', '1'), opaque('a')],
    ],
    expect: { tree: [directory('a', { mode: 0o700 }), directory('a/b', { mtime: 3 }), file('a/b/c', '1')] },
  },
  {
    id: 'A10',
    title: 'an opaque marker in the root hides everything below',
    layers: [
      [file('f'), directory('y'), file('y/q')],
      [opaque(''), file('n')],
    ],
    expect: { tree: [file('n')] },
  },
  {
    id: 'A11',
    title: 'a whiteout inside an opaque directory leaves no ghost',
    layers: [
      [file('d/a'), file('d/b')],
      [directory('d'), opaque('d'), whiteout('d/a')],
    ],
    expect: { tree: [directory('d')] },
  },
  {
    id: 'A12',
    title: 'a whiteout inside a directory that the same layer removes does not bring it back',
    layers: [[file('foo/bar')], [whiteout('foo'), whiteout('foo/bar')]],
    expect: { tree: [] },
  },
  {
    id: 'A13a',
    title: 'a whiteout in a directory that does not exist makes nothing',
    layers: [[], [whiteout('x/y')]],
    expect: { tree: [] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'A13b',
    title: 'a whiteout in a directory that only its own layer has changes nothing there',
    layers: [[], [directory('x', { mode: 0o711 }), whiteout('x/y')]],
    expect: { tree: [directory('x', { mode: 0o711 })] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  ...['.wh.', 'etc/.wh..', '.wh...', 'etc/.wh...'].map((name, index): ApplyCase => ({
    id: `A14${'abcd'.charAt(index)}`,
    title: `the marker ${name} is an error`,
    layers: [[file('etc/passwd')], [file(name)]],
    expect: { error: 'WHITEOUT_INVALID' },
  })),
  {
    id: 'A15',
    title: 'a whiteout of a symbolic link removes the link and not what it points to',
    layers: [[file('etc/passwd'), symlink('loc', '/etc')], [whiteout('loc')]],
    expect: { tree: [file('etc/passwd')] },
  },
  {
    id: 'A16a',
    title: 'a whiteout through a symbolic link of a lower layer does nothing',
    layers: [linkedThroughLower, [whiteout('loc/gone')]],
    expect: { tree: linkedThroughLower },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'A16b',
    title: 'with follow, a whiteout through a symbolic link of a lower layer removes the file there',
    layers: [linkedThroughLower, [whiteout('loc/gone')]],
    onConflict: 'follow',
    expect: { tree: [directory('etc', { mtime: 0 }), symlink('loc', '/etc')] },
  },
  {
    id: 'A17',
    title: 'names below .wh..wh.plnk serve as link targets of their layer and are not seen',
    layers: [
      [file('.wh..wh.plnk/12.34', 'z'), hardlink('u/f', '.wh..wh.plnk/12.34'), hardlink('v', '.wh..wh.plnk/12.34')],
    ],
    expect: { tree: [file('u/f', 'z'), hardlink('v', 'u/f')] },
  },
];

const names: readonly ApplyCase[] = [
  {
    id: 'A18a',
    title: 'a root entry gives the root its attributes',
    layers: [[directory('./', { mode: 0o700, uid: 5, mtime: 9 })]],
    expect: { tree: [directory('.', { mode: 0o700, uid: 5, mtime: 9 })] },
    needsRoot: true,
  },
  {
    id: 'A18b',
    title: 'a root entry that is no directory is an error',
    layers: [[symlink('.', '/etc')]],
    expect: { error: 'ROOT_NOT_DIRECTORY' },
  },
  {
    id: 'A19',
    title: 'names are the same with and without leading and doubled slashes and dots',
    layers: [[file('/etc/a'), file('./etc/b'), file('etc//c'), directory('etc/d/'), directory('etc/e')]],
    expect: {
      tree: [file('etc/a'), file('etc/b'), file('etc/c'), directory('etc/d'), directory('etc/e')],
    },
  },
  // Some tools keep such names inside the root; the rules refuse every ".." component.
  ...['../x', '/../x', 'a/../../x', '..', '../rootfs-evil/x'].map((name, index): ApplyCase => ({
    id: `A20${'abcde'.charAt(index)}`,
    title: `the name ${name} is an error`,
    layers: [[file(name, 'x')]],
    expect: { error: 'NAME_ESCAPES' },
  })),
];

const links: readonly ApplyCase[] = [
  {
    // Some tools refuse this; the rules resolve the same-layer link inside the root, where surplus ".." stop.
    id: 'A21',
    title: 'a link target through a symbolic link with surplus ".." stays inside the root',
    layers: [[file('etc/p', 'in'), symlink('q', '../../../../etc'), hardlink('r', 'q/p')]],
    expect: { tree: [file('etc/p', 'in'), symlink('q', '../../../../etc'), hardlink('r', 'etc/p')] },
  },
  {
    id: 'A22',
    title: 'hard links to relative and absolute targets join one group, their missing parents implied',
    layers: [[file('a', '1'), hardlink('b', 'a'), hardlink('c/d', '/a')]],
    expect: { tree: [file('a', '1'), hardlink('b', 'a'), hardlink('c/d', 'a')] },
  },
  {
    id: 'A23',
    title: 'a hard link to a symbolic link is one more name of the link itself',
    layers: [[symlink('s', '/nowhere'), hardlink('s2', 's'), file('nowhere', 'n', { mode: 0o600 })]],
    expect: { tree: [symlink('s', '/nowhere'), hardlink('s2', 's'), file('nowhere', 'n', { mode: 0o600 })] },
  },
  {
    id: 'A24a',
    title: 'a hard link to a file of a lower layer shares its inode',
    layers: [[file('a', 'old')], [hardlink('b', 'a')]],
    expect: { tree: [file('a', 'old'), hardlink('b', 'a')] },
  },
  {
    id: 'A24b',
    title: 'a later layer that replaces the target leaves the link with the old content',
    layers: [[file('a', 'old')], [hardlink('b', 'a')], [file('a', 'new')]],
    expect: { tree: [file('a', 'new'), file('b', 'old')] },
  },
  {
    id: 'A25',
    title: 'a hard link before the new target in its layer is bound to the file below',
    layers: [[file('a', 'old')], [hardlink('b', 'a'), file('a', 'new')]],
    expect: { tree: [file('a', 'new'), file('b', 'old')] },
  },
  {
    id: 'A26a',
    title: 'a hard link survives the whiteout of its target in a later layer',
    layers: [[file('a', '1'), hardlink('b', 'a')], [whiteout('a')]],
    expect: { tree: [file('b', '1')] },
  },
  {
    id: 'A26b',
    title: 'a hard link whose target becomes a symbolic link to it keeps its content',
    layers: [[file('a', '1'), hardlink('b', 'a')], [symlink('a', '/b')]],
    expect: { tree: [symlink('a', '/b'), file('b', '1')] },
  },
  {
    id: 'A27a',
    title: 'a hard link to a directory is an error',
    layers: [[file('z', 'z')], [directory('d'), hardlink('d2', 'd')]],
    expect: { error: 'LINK_TO_DIRECTORY' },
  },
  {
    id: 'A27b',
    title: 'a hard link to itself is an error',
    layers: [[file('z', 'z')], [hardlink('z', 'z')]],
    expect: { error: 'LINK_TO_SELF' },
  },
  {
    id: 'A27c',
    title: 'a hard link to a missing target is an error',
    layers: [[file('z', 'z')], [hardlink('y', 'missing')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'A28',
    title: 'the attributes of a hard link entry are ignored',
    layers: [
      [
        file('p', 'p', { mode: 0o4755, uid: 7, xattrs: { 'security.capability': capability } }),
        hardlink('q', 'p', { mode: 0o600, uid: 9 }),
      ],
    ],
    expect: {
      tree: [
        file('p', 'p', { mode: 0o4755, uid: 7, xattrs: { 'security.capability': capability } }),
        hardlink('q', 'p'),
      ],
    },
    notes: ['LINK_ATTRIBUTES_IGNORED'],
    needsRoot: true,
  },
];

const attributeEntries = [
  file('s', 's', { mode: 0o4755, uid: 1000 }),
  directory('t', { mode: 0o2775, gid: 50 }),
  directory('u', { mode: 0o1777 }),
];
const timedEntries = [
  file('early', '', { mtime: { seconds: -2, nanoseconds: 500_000_000 } }),
  file('exact', '', { mtime: { seconds: 1_700_000_000, nanoseconds: 123_456_789 } }),
  file('late', '', { mtime: 2 ** 33 }),
  file('owned', '', { uid: 3_000_000, gid: 3_000_001 }),
  file(longPath, 'long'),
];
const odd = { xattrs: { 'user.odd': Buffer.from('a\0b\nc=d') } };
const oddNames = [
  file(Buffer.from([0xff, 0xfe]), '1', odd),
  file(Buffer.from([0xff, 0xfd]), '2'),
  file('new\nline', '3'),
  file('n'.repeat(255), '4'),
  file('a:b', '5'),
  file('back\\slash', '6'),
];

const attributes: readonly ApplyCase[] = [
  {
    id: 'A29',
    title: 'modes and owners are exact, whatever the umask',
    layers: [attributeEntries],
    expect: { tree: attributeEntries },
    needsRoot: true,
  },
  {
    id: 'A30',
    title: 'xattrs of a symbolic link stay in the tree, and a disk that cannot hold user.* there says so',
    layers: [[symlink('l', 's', { xattrs: { 'security.foo': '1', 'user.x': '1' } })]],
    expect: { tree: [symlink('l', 's', { xattrs: { 'security.foo': '1', 'user.x': '1' } })] },
    onDisk: { error: 'HOST_LOSS' },
    needsRoot: true,
  },
  {
    id: 'A31',
    title: 'devices are data, a character device 0:0 too',
    layers: [[file('dev/wo', 'v')], [blockDevice('dev/x', 7, 0), charDevice('dev/wo', 0, 0, { uid: 3 })]],
    expect: { tree: [blockDevice('dev/x', 7, 0), charDevice('dev/wo', 0, 0, { uid: 3 })] },
    needsRoot: true,
  },
  {
    id: 'A32a',
    title: 'times before 1970, with nanoseconds and after 2106, large ids and long names are exact',
    layers: [timedEntries],
    expect: { tree: timedEntries },
    needsRoot: true,
  },
  {
    id: 'A32b',
    title: 'the same in GNU and ustar encodings',
    layers: [
      rawTar(
        rawEntry({ name: 'early', mtime: base256(-3), magic: 'gnu' }),
        rawEntry({ name: 'late', mtime: base256(2 ** 33), magic: 'gnu' }),
        rawEntry({ name: 'owned', uid: base256(3_000_000, 8), gid: base256(3_000_001, 8), magic: 'gnu' }),
        gnuLongName(longPath),
        rawEntry({ name: longPath.slice(0, 100), magic: 'gnu', body: 'long' }),
        rawEntry({ name: 'in-prefix', prefix: 'p'.repeat(150), body: 'prefix' }),
      ),
    ],
    expect: {
      tree: [
        file('early', '', { mtime: -3 }),
        file('late', '', { mtime: 2 ** 33 }),
        file('owned', '', { uid: 3_000_000, gid: 3_000_001 }),
        file(longPath, 'long'),
        file(`${'p'.repeat(150)}/in-prefix`, 'prefix'),
      ],
    },
    needsRoot: true,
  },
  {
    id: 'A33',
    title: 'a sparse file has the same content in all four encodings',
    layers: [
      rawTar(
        gnuSparse({ name: 'old', ...sparse }),
        paxSparse('0.0', { name: 'pax00', ...sparse }),
        paxSparse('0.1', { name: 'pax01', ...sparse }),
        paxSparse('1.0', { name: 'pax10', ...sparse }),
      ),
      [sparseFile('own', sparse.realSize, runs)],
    ],
    expect: {
      tree: ['old', 'pax00', 'pax01', 'pax10', 'own'].map((name) => sparseFile(name, sparse.realSize, runs)),
    },
  },
  {
    id: 'A34',
    title: 'the time of a directory that a link replaces is not given to what the link points to',
    layers: [
      [directory('a', { mtime: 5 }), file('a/x'), symlink('a2', 'a'), directory('b', { mtime: 7 }), symlink('b', 'a')],
    ],
    expect: { tree: [directory('a', { mtime: 5 }), file('a/x'), symlink('a2', 'a'), symlink('b', 'a')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'A35',
    title: 'a parent that a layer does not list keeps its attributes and its time',
    layers: [
      [directory('keep', { mtime: 11, xattrs: { 'user.a': '1' } }), directory('tmp', { mode: 0o1777, mtime: 12 })],
      [file('keep/n'), file('tmp/x')],
    ],
    expect: {
      tree: [
        directory('keep', { mtime: 11, xattrs: { 'user.a': '1' } }),
        file('keep/n'),
        directory('tmp', { mode: 0o1777, mtime: 12 }),
        file('tmp/x'),
      ],
    },
  },
  {
    // The file written while "foo" was a link of this layer is in the root: inside one layer such links are followed.
    id: 'A36',
    title: 'a name that is a directory, a link to the root and a directory again never leaves the root',
    layers: [
      [
        directory('foo'),
        file('foo/t', '1'),
        symlink('foo', '/'),
        file('foo/t', '2'),
        directory('foo'),
        file('foo/t', '3'),
      ],
    ],
    expect: { tree: [directory('foo'), file('foo/t', '3'), file('t', '2')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'A37a',
    title: 'a file of the same layer that is needed as a parent becomes an implied directory',
    layers: [[file('nd'), file('nd/a/b')]],
    expect: { tree: [file('nd/a/b')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'A37b',
    title: 'with error, a file of the same layer that is needed as a parent is refused',
    layers: [[file('nd'), file('nd/a/b')]],
    onConflict: 'error',
    expect: { error: 'CONFLICT_REFUSED' },
  },
  {
    id: 'A38',
    title: 'names and xattr values are bytes',
    layers: [oddNames],
    expect: { tree: oddNames },
  },
];

const framing: readonly ApplyCase[] = [
  {
    id: 'A39a',
    title: 'a layer of no bytes and a layer of two zero blocks change nothing',
    layers: [[file('a', '1')], Buffer.alloc(0), Buffer.alloc(1024)],
    expect: { tree: [file('a', '1')] },
  },
  {
    id: 'A39b',
    title: 'bytes after the end of the archive are ignored and noted',
    layers: [Buffer.concat([tarOf([file('a', '1')]), Buffer.from('trailing'.repeat(200))])],
    expect: { tree: [file('a', '1')] },
    notes: ['TRAILING_BYTES'],
  },
  {
    id: 'A40a',
    title: 'a global header is ignored',
    layers: [rawTar(paxHeader({ comment: 'c', mtime: '9' }, { type: 'g' }), rawEntry({ name: 'a', body: '1' }))],
    expect: { tree: [file('a', '1')] },
  },
  {
    id: 'A40b',
    title: 'a global header that sets the path is an error',
    layers: [rawTar(paxHeader({ path: 'b' }, { type: 'g' }), rawEntry({ name: 'a', body: '1' }))],
    expect: { error: 'TAR_GLOBAL_OVERRIDE' },
  },
  {
    id: 'A40c',
    title: 'an unknown typeflag is an error',
    layers: [rawTar(rawEntry({ name: 'a', typeflag: 'Z' }))],
    expect: { error: 'TAR_TYPEFLAG' },
  },
  {
    id: 'A40d',
    title: 'a body shorter than its header says is an error',
    layers: [rawEntry({ name: 'a', size: 4096, body: 'short' })],
    expect: { error: 'TAR_TRUNCATED' },
  },
  {
    id: 'A40e',
    title: 'a device number that no device can have is an error',
    layers: [rawTar(rawEntry({ name: 'a', typeflag: '3', deviceMajor: base256(2 ** 33, 8), magic: 'gnu' }))],
    expect: { error: 'DEVICE_OUT_OF_RANGE' },
  },
];

export const semanticsCases: readonly ApplyCase[] = [
  ...directories,
  ...whiteouts,
  ...names,
  ...links,
  ...attributes,
  ...framing,
];

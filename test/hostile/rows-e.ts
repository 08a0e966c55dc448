/** E: special files and metadata. */
import {
  base256,
  blockDevice,
  charDevice,
  directory,
  fifo,
  file,
  hardlink,
  paxHeader,
  rawEntry,
  rawTar,
  symlink,
  type EntrySpec,
} from '../../src/testing/index.ts';
import { refusedArchives } from './refused-archives.ts';
import type { HostileRow } from './hostile-row.ts';

const one = (...layer: readonly EntrySpec[]) => ({ layers: [layer] });
const raw = (...blocks: readonly Uint8Array[]) => ({ layers: [rawTar(...blocks)] });

const devices = [
  blockDevice('dev/disk', 8, 0, { mode: 0o666 }),
  charDevice('dev/kmsg', 1, 11),
  charDevice('dev/big', 4095, 1048575),
];

export const deviceNodes: HostileRow = {
  id: 'E1',
  title: 'an image has devices',
  structure: 'Block and character devices, such as the host’s first disk.',
  consequence:
    'As root they open the host’s disks to whoever enters the tree; without privilege they are silently left out.',
  verdict: 'kept',
  inputs: [{ title: 'three devices', build: () => one(...devices), expect: { tree: devices }, needsRoot: true }],
  alsoTested: 'Without privilege the devices are listed, and nothing is published (`HOST_LOSS`).',
};

export const deviceNumbers: HostileRow = {
  id: 'E2',
  title: 'device numbers are out of range',
  structure: 'A major number of more than 12 bits, a minor of more than 20, negative ones.',
  consequence: 'Cut to size, they are the numbers of another device (containerd 0205398ac).',
  verdict: 'rejected',
  inputs: refusedArchives('E2'),
};

export const pipes: HostileRow = {
  id: 'E3',
  title: 'a named pipe stands where a file is expected',
  structure: 'A FIFO, alone, over a file and under a file of the next layer.',
  consequence: 'Whoever opens it waits for ever (podman CVE-2024-9676).',
  verdict: 'kept',
  inputs: [
    { title: 'alone', build: () => one(fifo('etc/passwd')), expect: { tree: [fifo('etc/passwd')] } },
    {
      title: 'over a file',
      build: () => ({
        layers: [
          [file('etc/passwd', '1'), fifo('p')],
          [fifo('etc/passwd'), file('p', '2')],
        ],
      }),
      expect: { tree: [fifo('etc/passwd'), file('p', '2')] },
    },
    {
      title: 'with two names',
      build: () => one(fifo('a'), hardlink('b', 'a')),
      expect: { tree: [fifo('a'), hardlink('b', 'a')] },
    },
  ],
  alsoTested: 'Looking at its content is refused and does not wait.',
};

const powerful = [
  file('su', '#!/bin/sh', { mode: 0o4755 }),
  file('wall', '#!/bin/sh', { mode: 0o2755, gid: 5 }),
  hardlink('sudo', 'su'),
  file('empty', '', { mode: 0o6777, uid: 1000, gid: 1000 }),
  directory('tmp', { mode: 0o1777 }),
  directory('shared', { mode: 0o2770, gid: 100 }),
];

export const setUserId: HostileRow = {
  id: 'E5',
  title: 'files have set-id and sticky bits',
  structure: 'Modes 4755, 2755 and 6777 with owners, and sticky directories.',
  consequence: 'Changing the owner clears the bits; set too early, a program that others may still write runs as root.',
  verdict: 'kept',
  inputs: [{ title: 'six inodes', build: () => one(...powerful), expect: { tree: powerful }, needsRoot: true }],
};

export const openStaging: HostileRow = {
  id: 'E6',
  title: 'other users look into the tree while it is made',
  structure: 'An image with a set-user-id program, unpacked where others may enter.',
  consequence: 'Users of the host run the program (umoci before 0.3.1, containerd CVE-2021-41103 and CVE-2024-25621).',
  verdict: 'kept',
  inputs: [],
  alsoTested:
    'Everything is made below directories of mode 0700; the tree appears complete, with the mode that the image gives its root.',
};

/** cap_net_raw=ep, revision 2. */
const capability = Buffer.from('0100000200200000000000000000000000000000', 'hex');
const capable = file('ping', 'x', { mode: 0o755, uid: 1, gid: 1, xattrs: { 'security.capability': capability } });

export const capabilities: HostileRow = {
  id: 'E7',
  title: 'a file has capabilities',
  structure: 'A “security.capability” attribute on a file whose owner is not root.',
  consequence: 'Changing the owner afterwards clears them, and the program no longer works.',
  verdict: 'kept',
  inputs: [
    {
      title: 'on a file with content, and one without',
      build: () => one(capable, file('none', '', { uid: 1, xattrs: { 'security.capability': capability } })),
      expect: { tree: [capable, file('none', '', { uid: 1, xattrs: { 'security.capability': capability } })] },
      needsRoot: true,
    },
  ],
};

/** user::rw-, user:1000:r--, group::r--, mask::r--, other::--- */
const accessList = Buffer.from(
  ['02000000', '01000600ffffffff', '02000400e8030000', '04000400ffffffff', '10000400ffffffff', '20000000ffffffff'].join(
    '',
  ),
  'hex',
);
const policies = { 'security.selinux': 'system_u:object_r:shadow_t:s0\0', 'system.nfs4_acl': 'x', 'security.ima': 'x' };

export const hostPolicy: HostileRow = {
  id: 'E8',
  title: 'extended attributes carry a policy of the host',
  structure: 'SELinux labels, IMA signatures, NFS access lists, and POSIX access lists.',
  consequence: 'Labels of another machine give or deny access here; leaving POSIX lists out loses rights.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'labels',
      build: () => one(file('f', '1', { xattrs: { ...policies, 'user.own': '1' } })),
      expect: { tree: [file('f', '1', { xattrs: { ...policies, 'user.own': '1' } })] },
      onDisk: { tree: [file('f', '1', { xattrs: { 'user.own': '1' } })] },
      notesOnDisk: ['XATTR_NOT_SET'],
      needsRoot: true,
      notForGnuTar: 'it sets what the file system refuses',
    },
    {
      title: 'a POSIX access list, which is set',
      build: () => one(file('f', '1', { mode: 0o640, xattrs: { 'system.posix_acl_access': accessList } })),
      expect: { tree: [file('f', '1', { mode: 0o640, xattrs: { 'system.posix_acl_access': accessList } })] },
      notForGnuTar: 'it wants access lists in other records',
    },
  ],
};

const rootless = file('f', '1', { xattrs: { 'user.rootlesscontainers': Buffer.of(8, 0, 16, 0) } });

export const rootlessOwner: HostileRow = {
  id: 'E9',
  title: 'an extended attribute claims to be the true owner',
  structure: '“user.rootlesscontainers”, in which rootless tools keep owners that they could not set.',
  consequence: 'A tool that believes it packs the file with an owner which the image chose.',
  verdict: 'kept',
  inputs: [{ title: 'on a file', build: () => one(rootless), expect: { tree: [rootless] } }],
  alsoTested:
    'It is data like any other attribute: owners that were not held are in the unpack record, outside the tree.',
};

export const impossibleXattrs: HostileRow = {
  id: 'E10',
  title: 'extended attributes are none that Linux can hold',
  structure:
    'Names without namespace, empty, with a NUL, too long; values over 64 KiB; very many; “user.” ones on links.',
  consequence: 'The kernel refuses half-way; whoever ignores that loses attributes without a word.',
  verdict: 'rejected',
  inputs: [
    ...refusedArchives('E10'),
    {
      title: 'attributes over the limit of one file',
      build: () => one(file('f', '', { xattrs: { 'user.a': 'x'.repeat(600), 'user.b': 'x'.repeat(600) } })),
      limits: { maxXattrBytes: 1000 },
      expect: { error: 'LIMIT_EXCEEDED', says: /more than 1000 [^]*--max-xattrs/ },
    },
    {
      title: 'a “user.” attribute on a symbolic link, which only an archive can hold',
      build: () => one(symlink('l', 'f', { xattrs: { 'user.a': '1' } })),
      expect: { tree: [symlink('l', 'f', { xattrs: { 'user.a': '1' } })] },
      onDisk: { error: 'HOST_LOSS', says: /xattr \(1, such as "l"\)[^]*--allow-lossy/ },
      notForGnuTar: 'it sets what the file system refuses',
    },
  ],
  alsoTested:
    'More than 1 GiB of names, link texts, attributes and sparse maps in one image is refused (`LIMIT_EXCEEDED`).',
};

export const impossibleIds: HostileRow = {
  id: 'E11',
  title: 'user or group ids are out of range',
  structure: '4294967295, larger ones, negative ones, thirty digits.',
  consequence: '4294967295 means “leave as it is”, and an overflow ends at root (containerd CVE-2024-40635).',
  verdict: 'rejected',
  inputs: [
    ...refusedArchives('E11'),
    {
      title: 'the largest id',
      build: () => one(file('f', '1', { uid: 4294967294, gid: 4294967294 })),
      expect: { tree: [file('f', '1', { uid: 4294967294, gid: 4294967294 })] },
      needsRoot: true,
    },
  ],
};

export const oddModes: HostileRow = {
  id: 'E12',
  title: 'the mode field has more than permissions',
  structure: 'File type bits, or every bit set; or no number at all.',
  consequence: 'A file becomes something else, or gets set-id bits by accident.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'type bits',
      build: () => raw(rawEntry({ name: 'f', mode: '0120644\0', body: '1' })),
      expect: { tree: [file('f', '1')] },
      notes: ['MODE_TYPE_BITS'],
    },
    {
      title: 'every bit',
      build: () => raw(rawEntry({ name: 'f', mode: '37777777', body: '1' })),
      expect: { tree: [file('f', '1', { mode: 0o7777 })] },
      notes: ['MODE_TYPE_BITS'],
    },
    ...refusedArchives('E12'),
  ],
};

const early = file('early', '1', { mtime: { seconds: -2, nanoseconds: 500_000_001 } });
const late = file('late', '1', { mtime: { seconds: 5_000_000_000, nanoseconds: 999_999_999 } });

export const oddTimes: HostileRow = {
  id: 'E13',
  title: 'times are before 1970, far away, or no numbers',
  structure: 'Negative and late times with nanoseconds; “nan”, exponents, signs, more than 2^53 seconds.',
  consequence: 'Tools crash, wrap to another century, or lose the nanoseconds that build tools compare.',
  verdict: 'rejected',
  inputs: [
    ...refusedArchives('E13'),
    {
      title: 'before 1970 and after 2106, with nanoseconds',
      build: () => one(early, late, symlink('l', 'x', { mtime: { seconds: -1, nanoseconds: 1 } })),
      expect: { tree: [early, late, symlink('l', 'x', { mtime: { seconds: -1, nanoseconds: 1 } })] },
    },
    {
      title: 'a base-256 time before 1970',
      build: () => raw(rawEntry({ name: 'f', mtime: base256(-5), magic: 'gnu', body: '1' })),
      expect: { tree: [file('f', '1', { mtime: -5 })] },
    },
  ],
};

export const fileFlags: HostileRow = {
  id: 'E14',
  title: 'a file is to be immutable',
  structure: 'The record “SCHILY.fflags”, in which bsdtar keeps file flags.',
  consequence: 'Nobody can remove the tree any more, not even the tool that made it.',
  verdict: 'kept',
  inputs: [
    {
      title: 'on a file and a directory; the flags are not obeyed',
      build: () =>
        raw(
          paxHeader({ 'SCHILY.fflags': 'schg,uchg' }),
          rawEntry({ name: 'f', body: '1' }),
          paxHeader({ 'SCHILY.fflags': 'sappnd' }),
          rawEntry({ name: 'd/', typeflag: '5', mode: 0o755 }),
        ),
      expect: { tree: [file('f', '1'), directory('d')] },
    },
  ],
};

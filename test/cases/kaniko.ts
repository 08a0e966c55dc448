/** What kaniko's users met when images were unpacked, as layers and trees; the comment names the report where one is public. */
import {
  blockDevice,
  charDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  opaque,
  symlink,
  whiteout,
} from '../../src/testing/index.ts';
import type { ApplyCase } from './apply-case.ts';
import { capability } from './semantics-a.ts';

const gitCore = 'usr/libexec/git-core';
const cacerts = symlink('opt/a/b/c/cacerts', '../../../../../../../../../../etc/pki/java/cacerts');
const outside = symlink('evil', '../../..');
const throughLink = [directory('usr/lib'), symlink('lib', 'usr/lib')];

const linked: readonly ApplyCase[] = [
  {
    // GoogleContainerTools/kaniko#282
    id: 'kaniko-01a',
    title: 'two names of git survive when the third becomes a symbolic link to one of them',
    layers: [
      [
        file('usr/bin/git', 'X', { mode: 0o755 }),
        hardlink(`${gitCore}/git`, 'usr/bin/git'),
        hardlink(`${gitCore}/git-diff`, 'usr/bin/git'),
      ],
      [symlink('usr/bin/git', `/${gitCore}/git`)],
    ],
    expect: {
      tree: [
        symlink('usr/bin/git', `/${gitCore}/git`),
        file(`${gitCore}/git`, 'X', { mode: 0o755 }),
        hardlink(`${gitCore}/git-diff`, `${gitCore}/git`),
      ],
    },
  },
  {
    id: 'kaniko-01b',
    title: 'the same where the body stands under a name that stays',
    layers: [
      [
        file(`${gitCore}/git`, 'X', { mode: 0o755 }),
        hardlink(`${gitCore}/git-diff`, `${gitCore}/git`),
        hardlink('usr/bin/git', `${gitCore}/git`),
      ],
      [symlink('usr/bin/git', `/${gitCore}/git`)],
    ],
    expect: {
      tree: [
        symlink('usr/bin/git', `/${gitCore}/git`),
        file(`${gitCore}/git`, 'X', { mode: 0o755 }),
        hardlink(`${gitCore}/git-diff`, `${gitCore}/git`),
      ],
    },
  },
  {
    // GoogleContainerTools/kaniko#342
    id: 'kaniko-02',
    title: 'a link that a later layer makes to another file leaves its old target alone',
    layers: [
      [file('abc', 'abc'), hardlink('the', 'abc')],
      [file('def', 'def'), hardlink('the', 'def')],
    ],
    expect: { tree: [file('abc', 'abc'), file('def', 'def'), hardlink('the', 'def')] },
  },
  {
    // GoogleContainerTools/kaniko#351
    id: 'kaniko-03a',
    title: 'a link replaces a file of a lower layer',
    layers: [[file('a', 'a'), file('b', 'b'), file('c', 'c')], [hardlink('b', 'a')]],
    expect: { tree: [file('a', 'a'), hardlink('b', 'a'), file('c', 'c')] },
  },
  {
    id: 'kaniko-03b',
    title: 'a link replaces a symbolic link of a lower layer',
    layers: [[file('a', 'a'), symlink('b', 'c'), file('c', 'c')], [hardlink('b', 'a')]],
    expect: { tree: [file('a', 'a'), hardlink('b', 'a'), file('c', 'c')] },
  },
  {
    id: 'kaniko-03c',
    title: 'a link replaces a directory of a lower layer with all it holds',
    layers: [[file('a', 'a'), directory('b'), file('b/x'), file('c', 'c')], [hardlink('b', 'a')]],
    expect: { tree: [file('a', 'a'), hardlink('b', 'a'), file('c', 'c')] },
  },
  {
    id: 'kaniko-04',
    title: 'absolute, relative and dotted spellings of names and targets are the same names',
    layers: [
      [
        file('/usr/bin/x', 'x'),
        hardlink('one', '/usr/bin/x'),
        hardlink('./two', 'usr/bin/x'),
        hardlink('/three', './usr/bin/x'),
      ],
    ],
    expect: {
      tree: [
        file('usr/bin/x', 'x'),
        hardlink('one', 'usr/bin/x'),
        hardlink('two', 'usr/bin/x'),
        hardlink('three', 'usr/bin/x'),
      ],
    },
  },
  {
    id: 'kaniko-05',
    title: 'a link to a file of a lower layer shares its inode and its attributes',
    layers: [[file('a', 'a', { mode: 0o600, mtime: 4 })], [hardlink('b', 'a')]],
    expect: { tree: [file('a', 'a', { mode: 0o600, mtime: 4 }), hardlink('b', 'a')] },
    notes: ['LINK_ATTRIBUTES_IGNORED'],
  },
  {
    id: 'kaniko-06',
    title: 'a link to a dangling symbolic link is that link once more',
    layers: [[symlink('s', 'missing'), hardlink('h', 's')]],
    expect: { tree: [symlink('s', 'missing'), hardlink('h', 's')] },
  },
  {
    id: 'kaniko-07a',
    title: 'a link to a name that does not exist is an error',
    layers: [[file('a'), hardlink('b', 'gone')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'kaniko-07b',
    title: 'a link to a name outside the root is an error',
    layers: [[hardlink('b', '../x')]],
    expect: { error: 'NAME_ESCAPES' },
  },
  {
    id: 'kaniko-08',
    title: 'a link whose target a later layer removes keeps the content alone',
    layers: [[file('a', 'a'), hardlink('b', 'a')], [whiteout('a')]],
    expect: { tree: [file('b', 'a')] },
  },
];

const removed: readonly ApplyCase[] = [
  {
    id: 'kaniko-09',
    title: 'whiteouts remove a file and a directory and leave no trace',
    layers: [
      [directory('d', { mtime: 8 }), file('d/x'), file('d/y/z')],
      [whiteout('d/x'), whiteout('d/y')],
    ],
    expect: { tree: [directory('d', { mtime: 8 })] },
  },
  ...[true, false].map((last): ApplyCase => ({
    id: last ? 'kaniko-10a' : 'kaniko-10b',
    title: `an opaque marker ${last ? 'after' : 'before'} the entries of its directory hides only the layers below`,
    layers: [
      [file('d/a'), file('d/b'), file('d/s/c')],
      [
        ...(last ? [] : [opaque('d')]),
        directory('d', { mode: 0o711, uid: 3, gid: 4 }),
        file('d/new', 'n'),
        ...(last ? [opaque('d')] : []),
      ],
    ],
    expect: { tree: [directory('d', { mode: 0o711, uid: 3, gid: 4 }), file('d/new', 'n')] },
    needsRoot: true,
  })),
  {
    id: 'kaniko-11',
    title: 'a whiteout does not remove the file its own layer has just written',
    layers: [[file('x', '1')], [file('x', '2'), whiteout('x')]],
    expect: { tree: [file('x', '2')] },
  },
  {
    id: 'kaniko-12',
    title: 'a directory that is removed and becomes a symbolic link leaves the other directory alone',
    layers: [
      [file('p/f', 'p'), file('q/f', 'q')],
      [whiteout('p'), symlink('p', 'q')],
    ],
    expect: { tree: [symlink('p', 'q'), file('q/f', 'q')] },
  },
  ...everyOrder([whiteout('t'), directory('l', { mtime: 6 }), file('l/n', 'n')]).map((upper, index): ApplyCase => ({
    // GoogleContainerTools/kaniko#3428, #3442
    id: `kaniko-13${'abcdef'.charAt(index)}`,
    title: `a symbolic link becomes a directory while its target is removed (order ${index + 1})`,
    layers: [[directory('t'), file('t/x'), symlink('l', '/t')], upper],
    expect: { tree: [directory('l', { mtime: 6 }), file('l/n', 'n')] },
  })),
  {
    // GoogleContainerTools/kaniko#359
    id: 'kaniko-14',
    title: 'a file that replaces a symbolic link is not written through it',
    layers: [[file('bin/busybox', 'B'), symlink('bin/sh', 'busybox')], [file('bin/sh', 'S')]],
    expect: { tree: [file('bin/busybox', 'B'), file('bin/sh', 'S')] },
  },
  {
    // kaniko writes through the link; the rules replace it unless told to follow (the next case).
    id: 'kaniko-15a',
    title: 'a file below a symbolic link of a lower layer makes that a directory',
    layers: [throughLink, [file('lib/foo', 'f')]],
    expect: { tree: [directory('usr/lib'), file('lib/foo', 'f')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'kaniko-15b',
    title: 'with follow, a file below a symbolic link of a lower layer goes where the link points',
    layers: [throughLink, [file('lib/foo', 'f')]],
    onConflict: 'follow',
    expect: { tree: [...throughLink, file('usr/lib/foo', 'f')] },
  },
];

const hostile: readonly ApplyCase[] = [
  {
    id: 'kaniko-16a',
    title: 'a link of the same layer that climbs out of the root leads to the root',
    layers: [[outside, file('evil/pwn', 'p')]],
    expect: { tree: [outside, file('pwn', 'p')] },
  },
  {
    id: 'kaniko-16b',
    title: 'a link of a lower layer that climbs out of the root is replaced, not followed',
    layers: [[outside], [file('evil/pwn', 'p')]],
    expect: { tree: [file('evil/pwn', 'p')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'kaniko-16c',
    title: 'with follow, a link of a lower layer that climbs out of the root leads to the root',
    layers: [[outside], [file('evil/pwn', 'p')]],
    onConflict: 'follow',
    expect: { tree: [outside, file('pwn', 'p')] },
  },
  {
    id: 'kaniko-16d',
    title: 'a directory entry over an absolute symbolic link is not applied to what the link points to',
    layers: [[symlink('evil2', '/abs/outside'), directory('evil2', { mode: 0o777 })]],
    expect: { tree: [directory('evil2', { mode: 0o777 })] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'kaniko-16e',
    title: 'a name that climbs out of the root is an error',
    layers: [[file('../o')]],
    expect: { error: 'NAME_ESCAPES' },
  },
  {
    id: 'kaniko-16f',
    title: 'a name that climbs out of the root further in is an error',
    layers: [[file('a/../../o')]],
    expect: { error: 'NAME_ESCAPES' },
  },
  {
    id: 'kaniko-17',
    title: 'the text of a symbolic link with more ".." than it is deep is kept',
    layers: [[cacerts]],
    expect: { tree: [cacerts] },
  },
];

const special = [fifo('fifo', { mode: 0o620 }), charDevice('null', 1, 3, { gid: 6 }), blockDevice('loop', 7, 0)];
const withNanoseconds = { seconds: 1_600_000_000, nanoseconds: 1 };
const everything: readonly EntrySpec[] = [
  file('setuid', 's', { mode: 0o4755, mtime: withNanoseconds }),
  directory('setgid', { mode: 0o2755, mtime: withNanoseconds, xattrs: { 'user.a': '2' } }),
  file('setgid/child', 'written after its directory'),
  directory('sticky', { mode: 0o1777 }),
  file('unreadable', 'u', { mode: 0 }),
  file('largest', '', { uid: 4_294_967_294, gid: 4_294_967_294 }),
  file('large', '', { uid: 70_000, gid: 70_000 }),
  symlink('link', 'setuid', { uid: 5, gid: 6, mtime: withNanoseconds }),
  file('capable', 'c', { mode: 0o755, xattrs: { 'security.capability': capability, 'user.a': '1' } }),
];

const attributes: readonly ApplyCase[] = [
  {
    id: 'kaniko-18',
    title: 'pipes and devices keep mode, owner and numbers',
    layers: [special],
    expect: { tree: special },
    needsRoot: true,
  },
  {
    id: 'kaniko-19',
    title: 'special mode bits, large ids, nanoseconds, link owners and xattrs are exact',
    layers: [everything],
    expect: { tree: everything },
    needsRoot: true,
  },
  {
    id: 'kaniko-20',
    title: 'a directory listed after its child has its own mode and time',
    layers: [[file('late/child'), directory('late', { mode: 0o722, mtime: withNanoseconds })]],
    expect: { tree: [directory('late', { mode: 0o722, mtime: withNanoseconds }), file('late/child')] },
  },
];

export const kanikoCases: readonly ApplyCase[] = [...linked, ...removed, ...hostile, ...attributes];

function everyOrder<T>([a, b, c]: readonly [T, T, T]): T[][] {
  return [
    [a, b, c],
    [a, c, b],
    [b, a, c],
    [b, c, a],
    [c, a, b],
    [c, b, a],
  ];
}

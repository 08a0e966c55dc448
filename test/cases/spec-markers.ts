/** Rule 2 of applying a layer: whiteouts and opaque markers, which act on the lower tree before anything else. */
import { charDevice, directory, fifo, file, hardlink, opaque, symlink, whiteout } from '../../src/testing/index.ts';
import type { ApplyCase } from './apply-case.ts';

const plain: readonly ApplyCase[] = [
  {
    id: 'spec-101',
    title: 'a whiteout of a name that does not exist does nothing',
    layers: [[directory('d', { mtime: 2 })], [whiteout('d/x'), whiteout('y')]],
    expect: { tree: [directory('d', { mtime: 2 })] },
  },
  {
    id: 'spec-102',
    title: 'a whiteout of a directory leaves names of its files elsewhere',
    layers: [[file('d/a', '1'), hardlink('b', 'd/a'), hardlink('d/c', 'd/a')], [whiteout('d')]],
    expect: { tree: [file('b', '1')] },
  },
  {
    id: 'spec-103',
    title: 'an opaque marker empties a directory and keeps its attributes',
    layers: [
      [directory('d', { mode: 0o1777, mtime: 2, xattrs: { 'user.a': '1' } }), file('d/x'), file('d/s/y')],
      [opaque('d')],
    ],
    expect: { tree: [directory('d', { mode: 0o1777, mtime: 2, xattrs: { 'user.a': '1' } })] },
  },
  {
    id: 'spec-104',
    title: 'an opaque marker empties its own directory and no other',
    layers: [[file('a/b/x'), file('a/c/x'), file('a/bb')], [opaque('a/b')]],
    expect: { tree: [directory('a/b', { mtime: 0 }), file('a/c/x'), file('a/bb')] },
  },
  {
    id: 'spec-105',
    title: 'a directory below an opaque one that is needed again is implied, without its old attributes',
    layers: [
      [directory('d/s', { mode: 0o700 }), file('d/s/old')],
      [opaque('d'), file('d/s/new')],
    ],
    expect: { tree: [file('d/s/new')] },
  },
  {
    id: 'spec-106',
    title: 'an opaque marker in a directory that does not exist makes nothing',
    layers: [[file('a')], [opaque('x/y')]],
    expect: { tree: [file('a')] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'spec-107',
    title: 'markers below a file leave the file',
    layers: [
      [file('f', '1'), fifo('p')],
      [whiteout('f/x'), opaque('f'), whiteout('p/x')],
    ],
    expect: { tree: [file('f', '1'), fifo('p')] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'spec-108',
    title: 'an opaque marker through a symbolic link of a lower layer does nothing',
    layers: [[file('d/x', '1'), symlink('s', 'd')], [opaque('s')]],
    expect: { tree: [file('d/x', '1'), symlink('s', 'd')] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'spec-109',
    title: 'a whiteout may have any type and a body',
    layers: [
      [file('a'), file('b'), file('c'), file('d'), file('e'), file('keep')],
      [
        directory('.wh.a/'),
        symlink('.wh.b', 'keep'),
        fifo('.wh.c'),
        file('.wh.d', 'a body'),
        charDevice('.wh.e', 0, 0),
      ],
    ],
    expect: { tree: [file('keep')] },
    notes: ['MARKER_NOT_A_FILE'],
  },
  {
    id: 'spec-110',
    title: 'an opaque marker may have any type',
    layers: [
      [file('d/x'), file('e/x')],
      [directory('d/.wh..wh..opq/'), symlink('e/.wh..wh..opq', 'x')],
    ],
    expect: { tree: [directory('d', { mtime: 0 }), directory('e', { mtime: 0 })] },
    notes: ['MARKER_NOT_A_FILE'],
  },
  {
    id: 'spec-111',
    title: 'whiteouts remove names that begin with dots or resemble markers',
    layers: [
      [file('.opq'), file('.x'), file('...'), file('wh.x'), file('.wh'), file('keep')],
      [whiteout('.opq'), whiteout('.x'), whiteout('...'), whiteout('wh.x'), whiteout('.wh')],
    ],
    expect: { tree: [file('keep')] },
  },
  {
    id: 'spec-112',
    title: 'other AUFS names have no effect, make no parent and are noted',
    layers: [
      [file('foo', '1'), file('d/foo', '2')],
      [file('.wh..wh.foo'), directory('d/.wh..wh.foo'), symlink('x/.wh..wh.bar', 'y')],
    ],
    expect: { tree: [file('foo', '1'), file('d/foo', '2')] },
    notes: ['ENTRY_IGNORED'],
  },
  {
    id: 'spec-113',
    title: 'names below .wh..wh.orph serve as link targets of their layer and are not seen',
    layers: [[directory('./.wh..wh.orph/'), file('./.wh..wh.orph/1', 'z'), hardlink('f', '/.wh..wh.orph/1')]],
    expect: { tree: [file('f', 'z')] },
  },
  {
    id: 'spec-114',
    title: '.wh..wh.aufs serves as a link target of its layer and is not seen',
    layers: [[file('.wh..wh.aufs', 'lock'), hardlink('f', '.wh..wh.aufs')]],
    expect: { tree: [file('f', 'lock')] },
  },
  {
    id: 'spec-115',
    title: 'names below .wh..wh.plnk are gone when their layer is applied',
    layers: [[file('.wh..wh.plnk/1', 'z'), hardlink('f', '.wh..wh.plnk/1')], [hardlink('g', '.wh..wh.plnk/1')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'spec-116',
    title: 'the directories of AUFS are not seen',
    layers: [[directory('.wh..wh.plnk/'), directory('.wh..wh.orph/'), file('.wh..wh.aufs'), file('a', '1')]],
    expect: { tree: [file('a', '1')] },
  },
  {
    id: 'spec-117',
    title: 'markers in the lowest layer leave no trace',
    layers: [[whiteout('a'), opaque(''), file('a', '1')]],
    expect: { tree: [file('a', '1')] },
  },
  {
    id: 'spec-118',
    title: 'a file removed in the middle and added on top is the new one',
    layers: [[file('a', '1'), hardlink('b', 'a')], [whiteout('a')], [file('a', '3')]],
    expect: { tree: [file('a', '3'), file('b', '1')] },
  },
  {
    id: 'spec-119',
    title: 'a directory removed, marked opaque and made again in one layer holds only what is new',
    layers: [
      [file('d/old'), file('d/s/old')],
      [file('d/new'), opaque('d'), directory('d', { mode: 0o700 }), whiteout('d')],
    ],
    expect: { tree: [directory('d', { mode: 0o700 }), file('d/new')] },
  },
];

const throughLinks: readonly ApplyCase[] = [
  {
    id: 'spec-120',
    title: 'a whiteout through a symbolic link that its layer placed before it acts where the link points',
    layers: [
      [file('d/x'), file('d/y')],
      [symlink('s', 'd'), whiteout('s/x')],
    ],
    expect: { tree: [symlink('s', 'd'), file('d/y')] },
  },
  {
    id: 'spec-121',
    title: 'a whiteout through a symbolic link that its layer places after it does nothing',
    layers: [
      [file('d/x'), file('d/y')],
      [whiteout('s/x'), symlink('s', 'd')],
    ],
    expect: { tree: [symlink('s', 'd'), file('d/x'), file('d/y')] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'spec-122',
    title: 'an opaque marker through a symbolic link that its layer placed before it acts where the link points',
    layers: [
      [file('d/x'), file('d/s/y')],
      [symlink('s', '/d'), opaque('s'), file('d/new')],
    ],
    expect: { tree: [symlink('s', '/d'), file('d/new')] },
  },
  {
    id: 'spec-123',
    title: 'an opaque marker through a symbolic link that its layer places after it does nothing',
    layers: [[file('d/x')], [opaque('s'), symlink('s', 'd')]],
    expect: { tree: [symlink('s', 'd'), file('d/x')] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'spec-124',
    title: 'a whiteout goes through a chain of links of its layer, surplus ".." included',
    layers: [[file('p/d/x')], [symlink('b', '/../../p'), symlink('a', '../b/d'), whiteout('a/x')]],
    expect: { tree: [directory('p/d', { mtime: 0 }), symlink('b', '/../../p'), symlink('a', '../b/d')] },
  },
  {
    id: 'spec-125',
    title: 'a whiteout goes through a hard link that its layer made to a symbolic link below',
    layers: [
      [file('d/x'), file('d/y'), symlink('s', 'd')],
      [hardlink('t', 's'), whiteout('t/x')],
    ],
    expect: { tree: [file('d/y'), symlink('s', 'd'), hardlink('t', 's')] },
  },
  {
    id: 'spec-126',
    title: 'a whiteout through a link of its layer that leads through a link of a lower layer does nothing',
    layers: [
      [file('d/x'), symlink('low', 'd')],
      [symlink('s', 'low'), whiteout('s/x')],
    ],
    expect: { tree: [file('d/x'), symlink('low', 'd'), symlink('s', 'low')] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'spec-127',
    title: 'a whiteout below a link that its layer has made a directory again does not go through it',
    layers: [
      [file('d/x', '1'), file('s/x')],
      [symlink('s', 'd'), directory('s', { mode: 0o700 }), whiteout('s/x')],
    ],
    expect: { tree: [file('d/x', '1'), directory('s', { mode: 0o700 })] },
  },
  {
    id: 'spec-128',
    title: 'a whiteout before a link of its layer acts on the directory below of that name',
    layers: [
      [file('d/x', '1'), file('s/x')],
      [whiteout('s/x'), symlink('s', 'd')],
    ],
    expect: { tree: [file('d/x', '1'), symlink('s', 'd')] },
  },
  {
    id: 'spec-129',
    title: 'a whiteout through a loop of links of its layer is an error',
    layers: [[file('x')], [symlink('a', 'b'), symlink('b', 'a'), whiteout('a/x')]],
    expect: { error: 'SYMLINK_LOOP' },
  },
  {
    id: 'spec-130',
    title: 'a whiteout at the name of a link of its layer removes what was below, not the link or its target',
    layers: [
      [file('s/x'), file('d/x', '1')],
      [symlink('s', 'd'), whiteout('s')],
    ],
    expect: { tree: [symlink('s', 'd'), file('d/x', '1')] },
  },
  {
    id: 'spec-131',
    title: 'a whiteout below a link of a lower layer that its layer makes a directory does nothing',
    layers: [
      [file('d/x', '1'), symlink('s', 'd')],
      [directory('s'), whiteout('s/x')],
    ],
    expect: { tree: [file('d/x', '1'), directory('s')] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'spec-132',
    title: 'a whiteout through a link to a directory that only its own layer has does nothing',
    layers: [[file('a', '1')], [file('d/x', '2'), symlink('s', 'd'), whiteout('s/x')]],
    expect: { tree: [file('a', '1'), file('d/x', '2'), symlink('s', 'd')] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'spec-133',
    title: 'a whiteout in a directory that its layer replaces by a file changes nothing more',
    layers: [
      [file('a/x'), file('a/y')],
      [file('a', '1'), whiteout('a/x')],
    ],
    expect: { tree: [file('a', '1')] },
  },
  {
    id: 'spec-134',
    title: 'a file added again through a link of its layer survives the whiteout of its own path',
    layers: [[file('d/x', 'old')], [symlink('s', 'd'), file('s/x', 'new'), whiteout('d/x'), whiteout('s/x')]],
    expect: { tree: [symlink('s', 'd'), file('d/x', 'new')] },
  },
];

export const markerCases: readonly ApplyCase[] = [...plain, ...throughLinks];

/** Rules 5 and 6 of applying a layer: hard links, duplicates and the root entry. */
import { charDevice, directory, fifo, file, hardlink, opaque, symlink, whiteout } from '../../src/testing/index.ts';
import type { ApplyCase } from './apply-case.ts';

const bound: readonly ApplyCase[] = [
  {
    id: 'spec-301',
    title: 'parents of a link and of its target go through links of the same layer',
    layers: [[file('d/a', '1'), symlink('s', 'd'), hardlink('h', 's/a'), hardlink('s/i', '/s/./a')]],
    expect: { tree: [file('d/a', '1'), symlink('s', 'd'), hardlink('h', 'd/a'), hardlink('d/i', 'd/a')] },
  },
  {
    id: 'spec-302',
    title: 'a target through a link of a lower layer is not found',
    layers: [[file('usr/lib/a', '1'), symlink('lib', 'usr/lib')], [hardlink('h', 'lib/a')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'spec-303',
    title: 'a target below a file is not found',
    layers: [[file('f', '1'), hardlink('h', 'f/a')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'spec-304',
    title: 'a link and its target that are one name once links are followed are an error',
    layers: [[file('d/a', '1')], [symlink('s', 'd'), hardlink('s/a', 'd/a')]],
    expect: { error: 'LINK_TO_SELF' },
  },
  {
    id: 'spec-305',
    title: 'a link to another spelling of its own name is an error',
    layers: [[file('z', '1')], [hardlink('./z', '/z')]],
    expect: { error: 'LINK_TO_SELF' },
  },
  {
    id: 'spec-306',
    title: 'a target that a whiteout of the same layer removes and that comes back later is an error',
    layers: [[file('a', 'old')], [whiteout('a'), hardlink('b', 'a'), file('a', 'new')]],
    expect: { error: 'LINK_TARGET_LATER' },
  },
  {
    id: 'spec-307',
    title: 'a target that a whiteout of the same layer removes is missing, wherever the whiteout stands',
    layers: [[file('a', '1')], [hardlink('b', 'a'), whiteout('a')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'spec-308',
    title: 'a target that an opaque marker of the same layer hides is missing',
    layers: [[file('d/a', '1')], [hardlink('b', 'd/a'), opaque('d')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'spec-309',
    title: 'a target that an earlier entry of the same layer replaced is missing',
    layers: [[file('d/a', '1')], [file('d'), hardlink('b', 'd/a')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'spec-310',
    title: 'a link to a target that an earlier layer removed is an error',
    layers: [[file('a', '1'), hardlink('b', 'a')], [whiteout('a')], [hardlink('c', 'a')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'spec-311',
    title: 'a target that only comes later is an error however it is spelled',
    layers: [[hardlink('h', '/d/./a'), file('./d//a', '1')]],
    expect: { error: 'LINK_TARGET_LATER' },
  },
  ...['/', '.', 'd', 'implied'].map((target, index): ApplyCase => ({
    id: `spec-312${'abcd'.charAt(index)}`,
    title: `a link to the directory ${target} is an error`,
    layers: [[directory('d'), file('implied/x')], [hardlink('h', target)]],
    expect: { error: 'LINK_TO_DIRECTORY' },
  })),
  {
    id: 'spec-313',
    title: 'a link to a whiteout marker is an error',
    layers: [
      [file('a'), file('b')],
      [whiteout('a'), hardlink('h', '.wh.a')],
    ],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'spec-314',
    title: 'a target through a loop of links of the same layer is an error',
    layers: [[symlink('a', 'b'), symlink('b', 'a'), hardlink('h', 'a/x')]],
    expect: { error: 'SYMLINK_LOOP' },
  },
  {
    id: 'spec-315',
    title: 'a link that replaces the directory of its own target keeps the file',
    layers: [[file('h/t', '1'), file('h/u')], [hardlink('h', 'h/t')]],
    expect: { tree: [file('h', '1')] },
  },
  {
    id: 'spec-316',
    title: 'a link below its own target is bound to the file before that becomes a directory',
    layers: [[file('a', '1'), hardlink('a/b', 'a')]],
    expect: { tree: [file('a/b', '1')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-317',
    title: 'pipes and symbolic links have link groups, a link to a directory link too',
    layers: [
      [fifo('p'), directory('d'), symlink('s', 'd')],
      [hardlink('p2', 'p'), hardlink('s2', 's')],
    ],
    expect: { tree: [fifo('p'), hardlink('p2', 'p'), directory('d'), symlink('s', 'd'), hardlink('s2', 's')] },
  },
  {
    id: 'spec-318',
    title: 'devices have link groups',
    layers: [[charDevice('null', 1, 3), hardlink('zero', 'null')], [hardlink('dev/null', 'zero')]],
    expect: { tree: [charDevice('null', 1, 3), hardlink('zero', 'null'), hardlink('dev/null', 'null')] },
    needsRoot: true,
  },
  {
    id: 'spec-319',
    title: 'a link is bound to the inode its target had at that entry',
    layers: [[file('a', '1'), hardlink('b', 'a'), file('a', '2'), hardlink('c', 'a'), file('a', '3')]],
    expect: { tree: [file('a', '3'), file('b', '1'), file('c', '2')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-320',
    title: 'groups of old and new inodes stay apart over three layers',
    layers: [
      [file('a', 'old'), hardlink('b', 'a')],
      [file('a', 'new'), hardlink('c', 'a')],
      [hardlink('d', 'b'), hardlink('e', 'c')],
    ],
    expect: {
      tree: [file('a', 'new'), hardlink('c', 'a'), hardlink('e', 'a'), file('b', 'old'), hardlink('d', 'b')],
    },
  },
  {
    id: 'spec-321',
    title: 'a group may be made by three layers',
    layers: [[file('a', '1')], [hardlink('b', 'a')], [hardlink('x/c', 'b'), whiteout('a')]],
    expect: { tree: [file('b', '1'), hardlink('x/c', 'b')] },
  },
  {
    id: 'spec-322',
    title: 'a link stays bound when the directory of its target becomes a link',
    layers: [[file('d/a', '1')], [hardlink('b', 'd/a'), symlink('d', 'e')]],
    expect: { tree: [file('b', '1'), symlink('d', 'e')] },
  },
  {
    id: 'spec-323',
    title: 'a link finds the file that its layer has put in place of a removed one',
    layers: [[file('d/a', 'old')], [whiteout('d'), file('d/a', 'new'), hardlink('b', 'd/a')]],
    expect: { tree: [file('d/a', 'new'), hardlink('b', 'd/a')] },
  },
  {
    id: 'spec-324',
    title: 'a removed name may be linked again to another name of its old inode',
    layers: [
      [file('d/a', '1'), hardlink('x', 'd/a')],
      [opaque('d'), hardlink('d/a', 'x')],
    ],
    expect: { tree: [hardlink('d/a', 'x'), file('x', '1')] },
  },
  {
    id: 'spec-325',
    title: 'the same link twice is one name',
    layers: [[file('a', '1'), hardlink('b', 'a'), hardlink('b', 'a')]],
    expect: { tree: [file('a', '1'), hardlink('b', 'a')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-326',
    title: 'a file after a link of the same name takes the name only',
    layers: [[file('a', '1'), hardlink('b', 'a'), file('b', '2')]],
    expect: { tree: [file('a', '1'), file('b', '2')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-327',
    title: 'a link target with a slash at its end is the file',
    layers: [[file('a', '1'), hardlink('b', 'a/')]],
    expect: { tree: [file('a', '1'), hardlink('b', 'a')] },
  },
  {
    id: 'spec-328',
    title: 'time and xattrs of a link entry are ignored and the difference is noted',
    layers: [
      [
        file('a', '1', { mtime: 2, xattrs: { 'user.a': '1' } }),
        hardlink('b', 'a', { mtime: 3, mode: 0o777, xattrs: { 'user.b': '2' } }),
      ],
    ],
    expect: { tree: [file('a', '1', { mtime: 2, xattrs: { 'user.a': '1' } }), hardlink('b', 'a')] },
    notes: ['LINK_ATTRIBUTES_IGNORED'],
  },
  {
    id: 'spec-329',
    title: 'equal content never makes a group',
    layers: [[file('a', 'same'), file('b', 'same')], [file('c', 'same')]],
    expect: { tree: [file('a', 'same'), file('b', 'same'), file('c', 'same')] },
  },
  {
    id: 'spec-330',
    title: 'a link below a symbolic link of a lower layer makes that a directory',
    layers: [[file('a', '1'), symlink('lib', 'usr/lib')], [hardlink('lib/a', 'a')]],
    expect: { tree: [file('a', '1'), hardlink('lib/a', 'a')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-331',
    title: 'a target below a link of a lower layer that this layer has made a directory is looked for in that',
    layers: [
      [file('usr/lib/a', 'old'), symlink('lib', 'usr/lib')],
      [file('lib/a', 'new'), hardlink('h', 'lib/a')],
    ],
    expect: { tree: [file('usr/lib/a', 'old'), file('lib/a', 'new'), hardlink('h', 'lib/a')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
];

const duplicates: readonly ApplyCase[] = [
  {
    id: 'spec-350',
    title: 'what an earlier duplicate removed from below stays removed',
    layers: [
      [directory('d'), file('d/x')],
      [file('d'), directory('d', { mode: 0o711 })],
    ],
    expect: { tree: [directory('d', { mode: 0o711 })] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-351',
    title: 'the last of two directory entries gives the attributes, and the children stay',
    layers: [
      [
        directory('d', { mode: 0o700, mtime: 2, xattrs: { 'user.a': '1' } }),
        file('d/x'),
        directory('d', { mode: 0o711, mtime: 3 }),
      ],
    ],
    expect: { tree: [directory('d', { mode: 0o711, mtime: 3 }), file('d/x')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-352',
    title: 'a name written directly and through a link of its layer has what came last',
    layers: [[symlink('s', 'd'), file('d/x', '1'), file('s/x', '2'), file('s/y', '3'), file('d/y', '4')]],
    expect: { tree: [symlink('s', 'd'), file('d/x', '2'), file('d/y', '4')] },
  },
  {
    id: 'spec-353',
    title: 'a directory that a duplicate replaced is gone with what its layer had put there',
    layers: [[directory('d'), file('d/x'), hardlink('keep', 'd/x'), symlink('d', 'e'), file('d/y', '1')]],
    expect: { tree: [file('keep'), symlink('d', 'e'), file('e/y', '1')] },
    notes: ['DUPLICATE_ENTRY'],
  },
];

const root: readonly ApplyCase[] = [
  {
    id: 'spec-360',
    title: 'the last root entry of a layer wins',
    layers: [[directory('./', { mode: 0o700 }), file('a'), directory('/', { mode: 0o711, mtime: 5 })]],
    expect: { tree: [directory('.', { mode: 0o711, mtime: 5 }), file('a')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-361',
    title: 'a root entry replaces the attributes of the root as a set',
    layers: [
      [directory('./', { mode: 0o700, mtime: 5, xattrs: { 'user.a': '1' } }), file('a')],
      [directory('./', { mode: 0o711, mtime: 6, xattrs: { 'user.b': '2' } })],
    ],
    expect: { tree: [directory('.', { mode: 0o711, mtime: 6, xattrs: { 'user.b': '2' } }), file('a')] },
  },
  {
    id: 'spec-362',
    title: 'a layer without a root entry leaves the root as it is, even when it empties it',
    layers: [[directory('./', { mode: 0o700, mtime: 5 }), file('a')], [opaque(''), file('b')], [whiteout('b')]],
    expect: { tree: [directory('.', { mode: 0o700, mtime: 5 })] },
  },
  ...[file('.'), hardlink('./', 'a'), fifo('/'), charDevice('.', 1, 3)].map((entry, index): ApplyCase => ({
    id: `spec-363${'abcd'.charAt(index)}`,
    title: `a root entry of kind ${entry.kind} is an error`,
    layers: [[file('a'), entry]],
    expect: { error: 'ROOT_NOT_DIRECTORY' },
  })),

  {
    id: 'spec-390',
    title: 'a target through a link of the same layer that only comes later is said to come later',
    layers: [[symlink('s', 'd'), hardlink('h', 's/a'), file('d/a', '1')]],
    expect: { error: 'LINK_TARGET_LATER' },
  },
];

export const linkCases: readonly ApplyCase[] = [...bound, ...duplicates, ...root];

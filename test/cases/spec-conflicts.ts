/** Rule 9 of applying a layer, what to do with conflicts, and whole stacks of layers. */
import { directory, type EntrySpec, file, hardlink, opaque, symlink, whiteout } from '../../src/testing/index.ts';
import type { ApplyCase } from './apply-case.ts';
import { linkChain } from './spec-parents.ts';

const lib = [directory('usr/lib', { mtime: 3 }), symlink('lib', 'usr/lib')];

const follow: readonly ApplyCase[] = [
  {
    id: 'spec-601',
    title: 'with follow, links of lower layers are followed: chains, absolute ones, surplus ".."',
    layers: [
      [directory('d', { mode: 0o700 })],
      [symlink('a', '/b'), symlink('b', '../../c')],
      [symlink('c', 'd')],
      [file('a/x', '1'), file('b/s/y', '2')],
    ],
    onConflict: 'follow',
    expect: {
      tree: [
        directory('d', { mode: 0o700 }),
        symlink('a', '/b'),
        symlink('b', '../../c'),
        symlink('c', 'd'),
        file('d/x', '1'),
        file('d/s/y', '2'),
      ],
    },
  },
  {
    id: 'spec-602',
    title: 'with follow, what a dangling link of a lower layer points to is implied',
    layers: [[symlink('l', 'no/where')], [file('l/x', '1')]],
    onConflict: 'follow',
    expect: { tree: [symlink('l', 'no/where'), file('no/where/x', '1')] },
  },
  {
    id: 'spec-603',
    title: 'with follow, a loop of links of a lower layer is an error',
    layers: [[symlink('1', '2'), symlink('2', '1')], [file('1/f')]],
    onConflict: 'follow',
    expect: { error: 'SYMLINK_LOOP' },
  },
  {
    id: 'spec-604',
    title: 'with follow, a file that is needed as a parent becomes an implied directory, behind a link too',
    layers: [
      [file('f', '1'), file('g', '2'), symlink('l', 'g')],
      [file('f/x'), file('l/x')],
    ],
    onConflict: 'follow',
    expect: { tree: [file('f/x'), file('g/x'), symlink('l', 'g')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-605',
    title: 'with follow, markers act through links of lower layers',
    layers: [
      [file('d/x'), file('d/y', '1'), symlink('s', 'd'), file('e/x'), symlink('t', '/e')],
      [whiteout('s/x'), opaque('t')],
    ],
    onConflict: 'follow',
    expect: { tree: [file('d/y', '1'), symlink('s', 'd'), directory('e', { mtime: 0 }), symlink('t', '/e')] },
  },
  {
    id: 'spec-606',
    title: 'with follow, a link and its target are found through links of lower layers',
    layers: [
      [...lib, file('usr/lib/a', '1')],
      [hardlink('h', 'lib/a'), hardlink('lib/b', 'h')],
    ],
    onConflict: 'follow',
    expect: {
      tree: [...lib, file('usr/lib/a', '1'), hardlink('h', 'usr/lib/a'), hardlink('usr/lib/b', 'usr/lib/a')],
    },
  },
  {
    id: 'spec-607',
    title: 'with follow, the last component is not followed: file and directory entries replace a link',
    layers: [
      [directory('d', { mtime: 2 }), file('d/x', '1'), symlink('s', 'd'), symlink('t', 'd/x')],
      [directory('s', { mode: 0o700 }), file('s/y'), file('t', '2')],
    ],
    onConflict: 'follow',
    expect: {
      tree: [
        directory('d', { mtime: 2 }),
        file('d/x', '1'),
        directory('s', { mode: 0o700 }),
        file('s/y'),
        file('t', '2'),
      ],
    },
  },
  {
    id: 'spec-608',
    title: 'with follow, a whiteout of a link removes the link only',
    layers: [[file('d/x', '1'), symlink('s', 'd')], [whiteout('s')]],
    onConflict: 'follow',
    expect: { tree: [file('d/x', '1')] },
  },
  {
    id: 'spec-609',
    title: 'with follow, a link that the same layer removes is not followed',
    layers: [
      [file('d/x', '1'), symlink('s', 'd')],
      [file('s/y', '2'), whiteout('s')],
    ],
    onConflict: 'follow',
    expect: { tree: [file('d/x', '1'), file('s/y', '2')] },
  },
  {
    id: 'spec-610',
    title: 'with follow, forty links of a lower layer are followed',
    layers: [[directory('d'), ...linkChain(40)], [file('l40/x', '1')]],
    onConflict: 'follow',
    expect: { tree: [directory('d'), file('d/x', '1'), ...linkChain(40)] },
  },
  {
    id: 'spec-611',
    title: 'with follow, forty-one links of a lower layer are an error',
    layers: [[directory('d'), ...linkChain(41)], [file('l41/x', '1')]],
    onConflict: 'follow',
    expect: { error: 'SYMLINK_LOOP' },
  },
  {
    id: 'spec-612',
    title: 'with follow, a parent that is not listed keeps its attributes, behind a link too',
    layers: [lib, [file('lib/x', '1')]],
    onConflict: 'follow',
    expect: { tree: [...lib, file('usr/lib/x', '1')] },
  },
  {
    id: 'spec-613',
    title: 'with follow, a link to itself through a link of a lower layer is an error',
    layers: [[...lib, file('usr/lib/a', '1')], [hardlink('lib/a', 'usr/lib/a')]],
    onConflict: 'follow',
    expect: { error: 'LINK_TO_SELF' },
  },
];

const refuse: readonly ApplyCase[] = [
  {
    id: 'spec-620',
    title: 'with error, a layer without conflicts is applied as ever',
    layers: [
      [...lib, file('f', '1'), file('d/x')],
      [file('usr/lib/x'), whiteout('d/x'), file('f', '2'), hardlink('g', 'f')],
    ],
    onConflict: 'error',
    expect: {
      tree: [...lib, directory('d', { mtime: 0 }), file('usr/lib/x'), file('f', '2'), hardlink('g', 'f')],
    },
  },
  {
    id: 'spec-621',
    title: 'with error, a link of the same layer is followed',
    layers: [[symlink('s', 'd'), file('s/x', '1')]],
    onConflict: 'error',
    expect: { tree: [symlink('s', 'd'), file('d/x', '1')] },
  },
  {
    id: 'spec-622',
    title: 'with error, a directory entry may replace a link, and children follow',
    layers: [lib, [directory('lib', { mode: 0o700 }), file('lib/x', '1')]],
    onConflict: 'error',
    expect: { tree: [directory('usr/lib', { mtime: 3 }), directory('lib', { mode: 0o700 }), file('lib/x', '1')] },
  },
  {
    id: 'spec-623',
    title: 'with error, a link of a lower layer behind a link of the same layer is refused',
    layers: [[symlink('low', 'real')], [symlink('s', 'low/sub'), file('s/x')]],
    onConflict: 'error',
    expect: { error: 'CONFLICT_REFUSED' },
  },
  {
    id: 'spec-624',
    title: 'with error, a link that the same layer removes is no conflict',
    layers: [
      [file('d/x', '1'), symlink('s', 'd')],
      [whiteout('s'), file('s/y', '2')],
    ],
    onConflict: 'error',
    expect: { tree: [file('d/x', '1'), file('s/y', '2')] },
  },
  {
    id: 'spec-625',
    title: 'with error, a hard link entry below a link of a lower layer is refused',
    layers: [[...lib, file('a')], [hardlink('lib/b', 'a')]],
    onConflict: 'error',
    expect: { error: 'CONFLICT_REFUSED' },
  },
  {
    id: 'spec-626',
    title: 'with error, a marker without effect is no conflict',
    layers: [
      [file('d/x', '1'), symlink('s', 'd'), file('f', '1')],
      [whiteout('s/x'), opaque('f'), whiteout('n/x')],
    ],
    onConflict: 'error',
    expect: { tree: [file('d/x', '1'), symlink('s', 'd'), file('f', '1')] },
    notes: ['MARKER_WITHOUT_EFFECT'],
  },
  {
    id: 'spec-627',
    title: 'with error, a link target through a link of a lower layer is missing',
    layers: [[...lib, file('usr/lib/a')], [hardlink('h', 'lib/a')]],
    onConflict: 'error',
    expect: { error: 'LINK_TARGET_MISSING' },
  },
];

const everything: readonly EntrySpec[] = [
  directory('./', { mode: 0o711, mtime: 2 }),
  whiteout('old'),
  directory('d', { mode: 0o700 }),
  opaque('d'),
  symlink('s', 'd'),
  file('s/a', '1'),
  hardlink('b', 's/a'),
  hardlink('t', 's'),
  symlink('t/l', '../x'),
  file('gone', '2'),
  hardlink('kept', 'gone'),
  file('gone', '3'),
];
const everythingTree: readonly EntrySpec[] = [
  directory('.', { mode: 0o711, mtime: 2 }),
  directory('d', { mode: 0o700 }),
  symlink('s', 'd'),
  hardlink('t', 's'),
  file('d/a', '1'),
  hardlink('b', 'd/a'),
  symlink('d/l', '../x'),
  file('gone', '3'),
  file('kept', '2'),
];

const stacks: readonly ApplyCase[] = [
  {
    id: 'spec-640',
    title: 'no layers are an implied root',
    layers: [],
    expect: { tree: [] },
  },
  {
    id: 'spec-641',
    title: 'one layer of everything',
    layers: [[file('old'), file('d/old')], everything],
    expect: { tree: everythingTree },
  },
  {
    id: 'spec-642',
    title: 'the same layer twice gives what it gives once',
    layers: [[file('old'), file('d/old')], everything, everything],
    expect: { tree: everythingTree },
  },
  {
    id: 'spec-643',
    title: 'empty layers between others change nothing',
    layers: [[file('a', '1')], [], [hardlink('b', 'a')], [], [whiteout('a')]],
    expect: { tree: [file('b', '1')] },
  },
  {
    id: 'spec-644',
    title: 'a directory removed in the middle and made again on top holds only what is new',
    layers: [[directory('dir'), file('dir/a')], [whiteout('dir')], [directory('dir', { mtime: 4 }), file('dir/b')]],
    expect: { tree: [directory('dir', { mtime: 4 }), file('dir/b')] },
  },
  {
    id: 'spec-645',
    title: 'a directory that was a file in the middle holds only what is new',
    layers: [
      [directory('dir'), file('dir/a')],
      [whiteout('dir'), file('dir', '1')],
      [whiteout('dir'), directory('dir', { mtime: 4 }), file('dir/b')],
    ],
    expect: { tree: [directory('dir', { mtime: 4 }), file('dir/b')] },
  },
  {
    id: 'spec-646',
    title: 'with replace, a link that the same layer removes is no conflict',
    layers: [
      [file('d/x', '1'), symlink('s', 'd')],
      [file('s/y', '2'), whiteout('s')],
    ],
    expect: { tree: [file('d/x', '1'), file('s/y', '2')] },
  },
  {
    id: 'spec-647',
    title: 'names of an inode come and go over five layers',
    layers: [
      [file('a', '1', { mode: 0o600 })],
      [hardlink('b', 'a')],
      [directory('d'), hardlink('d/c', 'b'), whiteout('a')],
      [file('b', '2'), whiteout('b')],
      [hardlink('e', 'd/c'), opaque('x')],
    ],
    expect: {
      tree: [directory('d'), file('d/c', '1', { mode: 0o600 }), hardlink('e', 'd/c'), file('b', '2')],
    },
  },
];

export const conflictCases: readonly ApplyCase[] = [...follow, ...refuse, ...stacks];

/** Rules 3 and 4 of applying a layer: parents, by name between layers and followed within one, and what exists already. */
import {
  blockDevice,
  charDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  symlink,
} from '../../src/testing/index.ts';
import type { ApplyCase } from './apply-case.ts';

/** `l1 -> d`, `l2 -> l1`, and so on: `lN` takes N links to reach `d`. */
export function linkChain(length: number): EntrySpec[] {
  return Array.from({ length }, (_, index) => symlink(`l${index + 1}`, index === 0 ? 'd' : `l${index}`));
}

const below: readonly ApplyCase[] = [
  {
    id: 'spec-201',
    title: 'missing parents are implied: 0755 0:0 at time 0',
    layers: [[file('x/y/z', '1')], [symlink('v/w', 'x')]],
    expect: {
      tree: [
        directory('x', { mtime: 0 }),
        directory('x/y', { mtime: 0 }),
        file('x/y/z', '1'),
        directory('v', { mtime: 0 }),
        symlink('v/w', 'x'),
      ],
    },
  },
  {
    id: 'spec-202',
    title: 'a file and a pipe of a lower layer that are needed as parents become implied directories',
    layers: [
      [file('f', '1'), fifo('p')],
      [file('f/a/b'), directory('p/d')],
    ],
    expect: { tree: [file('f/a/b'), directory('p/d')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-203',
    title: 'a symbolic link of a lower layer deep in a name becomes an implied directory',
    layers: [
      [directory('usr', { mtime: 3 }), file('usr/lib/a'), symlink('usr/lib64', 'lib')],
      [file('usr/lib64/x/y', '1')],
    ],
    expect: { tree: [directory('usr', { mtime: 3 }), file('usr/lib/a'), file('usr/lib64/x/y', '1')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-204',
    title: 'the implied directory in place of a link takes the attributes of a later entry of its layer',
    layers: [[symlink('bin', 'usr/bin')], [file('bin/x'), directory('bin', { mode: 0o700, mtime: 4 })]],
    expect: { tree: [directory('bin', { mode: 0o700, mtime: 4 }), file('bin/x')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-205',
    title: 'other names of a link or file that is replaced as a parent stay',
    layers: [
      [symlink('s', 'd'), hardlink('s2', 's'), file('f', '1'), hardlink('f2', 'f')],
      [file('s/x'), file('f/x')],
    ],
    expect: { tree: [file('s/x'), symlink('s2', 'd'), file('f/x'), file('f2', '1')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-206',
    title: 'a link loop of a lower layer is no loop for a layer above, which goes by name',
    layers: [
      [symlink('1', '2'), symlink('2', '1')],
      [directory('1', { mode: 0o700 }), file('1/f', 'f')],
    ],
    expect: { tree: [directory('1', { mode: 0o700 }), file('1/f', 'f'), symlink('2', '1')] },
  },
  {
    id: 'spec-207',
    title: 'a directory entry over a link to a directory leaves that directory alone',
    layers: [
      [directory('bar', { mtime: 2 }), symlink('foo', 'bar')],
      [directory('foo'), file('foo/file')],
    ],
    expect: { tree: [directory('bar', { mtime: 2 }), directory('foo'), file('foo/file')] },
  },
  {
    id: 'spec-208',
    title: 'a link over a directory hides what the directory held',
    layers: [
      [directory('foo'), file('foo/file')],
      [directory('bar'), symlink('foo', 'bar')],
    ],
    expect: { tree: [directory('bar'), symlink('foo', 'bar')] },
  },
  {
    id: 'spec-209',
    title: 'a usr-merged system keeps its links when layers write to /usr',
    layers: [
      [
        directory('usr'),
        directory('usr/bin'),
        directory('usr/lib'),
        symlink('bin', 'usr/bin'),
        symlink('lib', 'usr/lib'),
        file('usr/bin/sh', 'sh'),
      ],
      [directory('usr/bin', { mtime: 9 }), file('usr/bin/git', 'git'), hardlink('usr/lib/git', 'usr/bin/git')],
    ],
    expect: {
      tree: [
        directory('usr'),
        directory('usr/bin', { mtime: 9 }),
        directory('usr/lib'),
        symlink('bin', 'usr/bin'),
        symlink('lib', 'usr/lib'),
        file('usr/bin/sh', 'sh'),
        file('usr/bin/git', 'git'),
        hardlink('usr/lib/git', 'usr/bin/git'),
      ],
    },
  },
];

const within: readonly ApplyCase[] = [
  {
    id: 'spec-220',
    title: 'a link of the same layer is followed: relative, absolute, with dots and doubled slashes',
    layers: [
      [
        directory('d', { mode: 0o700 }),
        symlink('rel', 'd'),
        symlink('abs', '/d'),
        symlink('dot', './/d/.'),
        symlink('a/up', '../d/'),
        file('rel/1'),
        file('abs/2'),
        file('dot/3'),
        file('a/up/4'),
      ],
    ],
    expect: {
      tree: [
        directory('d', { mode: 0o700 }),
        symlink('rel', 'd'),
        symlink('abs', '/d'),
        symlink('dot', './/d/.'),
        symlink('a/up', '../d/'),
        file('d/1'),
        file('d/2'),
        file('d/3'),
        file('d/4'),
      ],
    },
  },
  {
    id: 'spec-221',
    title: 'surplus ".." of a link of the same layer stop at the root',
    layers: [[symlink('a/s', '../../../../d'), symlink('t', '/..'), file('a/s/x', '1'), file('t/y', '2')]],
    expect: { tree: [symlink('a/s', '../../../../d'), symlink('t', '/..'), file('d/x', '1'), file('y', '2')] },
  },
  {
    id: 'spec-222',
    title: 'what a link of the same layer leads to is implied where it is missing',
    layers: [[symlink('s', 'new/deep'), file('s/x/y', '1')]],
    expect: { tree: [symlink('s', 'new/deep'), file('new/deep/x/y', '1')] },
  },
  {
    id: 'spec-223',
    title: 'a directory that a link of the same layer leads to keeps its attributes',
    layers: [
      [directory('d', { mode: 0o700, mtime: 3 }), file('d/old')],
      [symlink('s', 'd'), file('s/x')],
    ],
    expect: { tree: [directory('d', { mode: 0o700, mtime: 3 }), file('d/old'), symlink('s', 'd'), file('d/x')] },
  },
  {
    id: 'spec-224',
    title: 'forty links are followed',
    layers: [[directory('d'), ...linkChain(40), file('l40/x', '1')]],
    expect: { tree: [directory('d'), file('d/x', '1'), ...linkChain(40)] },
  },
  {
    id: 'spec-225',
    title: 'forty-one links are an error',
    layers: [[directory('d'), ...linkChain(41), file('l41/x', '1')]],
    expect: { error: 'SYMLINK_LOOP' },
  },
  {
    id: 'spec-226',
    title: 'a loop of links of the same layer is an error',
    layers: [[symlink('a', 'b'), symlink('b', 'a'), file('a/x')]],
    expect: { error: 'SYMLINK_LOOP' },
  },
  {
    id: 'spec-227',
    title: 'a link of the same layer to itself is an error for what is below it',
    layers: [[symlink('a', './a'), file('a/x')]],
    expect: { error: 'SYMLINK_LOOP' },
  },
  {
    id: 'spec-228',
    title: 'a hard link to a symbolic link of the same layer is followed',
    layers: [[symlink('s', 'd'), hardlink('t', 's'), file('t/x', '1')]],
    expect: { tree: [symlink('s', 'd'), hardlink('t', 's'), file('d/x', '1')] },
  },
  {
    id: 'spec-229',
    title: 'a hard link that this layer makes to a symbolic link of a lower layer is followed, the lower name is not',
    layers: [[symlink('s', 'd')], [hardlink('t', 's'), file('t/x', '1'), file('s/y', '2')]],
    expect: { tree: [symlink('t', 'd'), file('d/x', '1'), file('s/y', '2')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-230',
    title: 'the text of a hard-linked symbolic link counts from the name that is used',
    layers: [[symlink('a/s', 'd'), hardlink('b/s', 'a/s'), file('b/s/x', '1')]],
    expect: { tree: [symlink('a/s', 'd'), hardlink('b/s', 'a/s'), file('b/d/x', '1')] },
  },
  {
    id: 'spec-231',
    title: 'a link of a lower layer that this layer lists again is followed',
    layers: [[symlink('lib', 'usr/lib')], [symlink('lib', 'usr/lib'), file('lib/x', '1')]],
    expect: { tree: [symlink('lib', 'usr/lib'), file('usr/lib/x', '1')] },
  },
  {
    id: 'spec-232',
    title: 'a link of the same layer that leads to a link of a lower layer goes on by name there',
    layers: [
      [file('real/a'), symlink('low', 'real')],
      [symlink('s', 'low/sub'), file('s/x', '1')],
    ],
    expect: { tree: [file('real/a'), symlink('s', 'low/sub'), file('low/sub/x', '1')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-233',
    title: 'a link of the same layer that leads to a file makes that an implied directory',
    layers: [[file('f', '1')], [symlink('s', 'f'), file('s/x', '2'), file('g'), symlink('t', 'g'), file('t/x', '3')]],
    expect: { tree: [symlink('s', 'f'), file('f/x', '2'), symlink('t', 'g'), file('g/x', '3')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-234',
    title: 'the last component is never followed: a file replaces the link of the same layer',
    layers: [[file('d/x', '1'), symlink('s', 'd'), file('s', '2'), symlink('t', 'd/x'), file('t', '3')]],
    expect: { tree: [file('d/x', '1'), file('s', '2'), file('t', '3')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-235',
    title: 'a directory entry replaces the link of the same layer, and children go into the directory',
    layers: [
      [directory('d', { mode: 0o711 }), symlink('s', 'd'), file('s/1'), directory('s/', { mode: 0o700 }), file('s/2')],
    ],
    expect: {
      tree: [directory('d', { mode: 0o711 }), file('d/1'), directory('s', { mode: 0o700 }), file('s/2')],
    },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-236',
    title: 'a file that replaces a link of the same layer becomes an implied directory where it is a parent',
    layers: [[directory('d'), symlink('s', 'd'), file('s', '1'), file('s/x', '2')]],
    expect: { tree: [directory('d'), file('s/x', '2')] },
    notes: ['DUPLICATE_ENTRY', 'CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-237',
    title: 'a link text with ".." climbs from where its links have led',
    layers: [[directory('q/r'), symlink('p', 'q/r'), symlink('s', 'p/../z'), file('s/x', '1')]],
    expect: { tree: [directory('q/r'), symlink('p', 'q/r'), symlink('s', 'p/../z'), file('q/z/x', '1')] },
  },
  {
    id: 'spec-238',
    title: 'links below links of the same layer count from the directory they are really in',
    layers: [[symlink('s', 'a/b'), symlink('s/t', '../e'), file('s/t/x', '1')]],
    expect: { tree: [symlink('s', 'a/b'), symlink('a/b/t', '../e'), file('a/e/x', '1')] },
  },
  {
    id: 'spec-239',
    title: 'a link that went with its directory is followed no more',
    layers: [[directory('e'), symlink('d/s', '/e'), file('d'), file('d/s/x', '1')]],
    expect: { tree: [directory('e'), file('d/s/x', '1')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-240',
    title: 'a directory entry through a link of the same layer is made where the link leads',
    layers: [
      [
        symlink('s', 'd'),
        file('s/sub/x'),
        directory('s/sub', { mode: 0o700 }),
        directory('d', { mode: 0o711, mtime: 5 }),
      ],
    ],
    expect: {
      tree: [
        symlink('s', 'd'),
        directory('d', { mode: 0o711, mtime: 5 }),
        directory('d/sub', { mode: 0o700 }),
        file('d/sub/x'),
      ],
    },
  },
  {
    id: 'spec-241',
    title: 'a link that comes after what was written below its name takes that away',
    layers: [[directory('d'), file('s/x'), symlink('s', 'd'), file('s/y', '1')]],
    expect: { tree: [directory('d'), file('d/y', '1'), symlink('s', 'd')] },
  },
  {
    id: 'spec-242',
    title: 'a hard link that its layer needs as a parent becomes a directory and its file stays',
    layers: [[file('f', '1')], [hardlink('p', 'f'), file('p/x'), fifo('q'), file('q/x')]],
    expect: { tree: [file('f', '1'), file('p/x'), file('q/x')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'spec-243',
    title: 'a link to the root leads to the root',
    layers: [[symlink('r', '/'), symlink('dot', '.'), file('r/x', '1'), file('dot/r/y', '2')]],
    expect: { tree: [symlink('r', '/'), symlink('dot', '.'), file('x', '1'), file('y', '2')] },
  },
];

const kinds: Readonly<Record<string, (name: string, content: string) => EntrySpec[]>> = {
  file: (name, content) => [file(name, content)],
  directory: (name) => [directory(name, { mode: 0o700 }), file(`${name}/child`)],
  symlink: (name, content) => [symlink(name, content)],
  char: (name) => [charDevice(name, 1, 5)],
  block: (name) => [blockDevice(name, 7, 1)],
  fifo: (name) => [fifo(name)],
};
const pairs = Object.entries(kinds).flatMap(([from, lower]) =>
  Object.entries(kinds)
    .filter(([to]) => !(from === 'directory' && to === 'directory'))
    .map(([to, upper]) => ({
      lower: lower(`${from}-${to}`, 'lower'),
      upper: upper(`${from}-${to}`, 'upper'),
      /** The lower inode under a second name, to see that the first is a new inode afterwards. */
      second: from === 'directory' ? [] : [hardlink(`second/${from}-${to}`, `${from}-${to}`)],
      secondAfter: from === 'directory' ? [] : lower(`second/${from}-${to}`, 'lower'),
    })),
);

const existing: readonly ApplyCase[] = [
  {
    id: 'spec-250',
    title: 'every kind replaces every kind, and other names of the old inode stay as they were',
    layers: [pairs.flatMap(({ lower, second }) => [...lower, ...second]), pairs.flatMap(({ upper }) => upper)],
    expect: { tree: pairs.flatMap(({ upper, secondAfter }) => [...upper, ...secondAfter]) },
    needsRoot: true,
  },
  {
    id: 'spec-251',
    title: 'a new file takes nothing over from the one it replaces',
    layers: [[file('f', 'old', { mode: 0o4755, mtime: 2, xattrs: { 'user.a': '1' } })], [file('f', 'new')]],
    expect: { tree: [file('f', 'new')] },
  },
  {
    id: 'spec-252',
    title: 'a directory entry without xattrs over a directory with some leaves none',
    layers: [
      [directory('d', { mode: 0o1777, mtime: 2, xattrs: { 'user.a': '1', 'user.b': '' } }), file('d/x')],
      [directory('d')],
    ],
    expect: { tree: [directory('d'), file('d/x')] },
  },
  {
    id: 'spec-253',
    title: 'nothing comes back when a directory became a file and a directory again',
    layers: [[directory('d'), file('d/x'), file('d/s/y')], [file('d', '1')], [directory('d', { mode: 0o711 })]],
    expect: { tree: [directory('d', { mode: 0o711 })] },
  },
  {
    id: 'spec-254',
    title: 'a link of a group replaced by another link leaves the group',
    layers: [[symlink('s', 'a'), hardlink('t', 's'), hardlink('u', 's')], [symlink('s', 'b')]],
    expect: { tree: [symlink('s', 'b'), symlink('t', 'a'), hardlink('u', 't')] },
  },
];

export const parentCases: readonly ApplyCase[] = [...below, ...within, ...existing];

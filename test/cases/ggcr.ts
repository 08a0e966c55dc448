/**
 * Stacks of layers on which `crane export`, Concourse's registry-image-resource, umoci and buildah were seen to differ,
 * and layers that people met in the field.
 */
import {
  type EntrySpec,
  fifo,
  file,
  directory,
  hardlink,
  opaque,
  paxHeader,
  rawEntry,
  rawTar,
  symlink,
  whiteout,
} from '../../src/testing/index.ts';
import type { ApplyCase } from './apply-case.ts';

const usrLib = [directory('usr/lib'), symlink('lib', 'usr/lib')];
const surplus = symlink('app/l', '../../../../etc/x');

const links: readonly ApplyCase[] = [
  {
    // google/go-containerregistry#977
    id: 'ggcr-01',
    title: 'a hard link survives the whiteout of its target above',
    layers: [[file('a', '1'), hardlink('b', 'a')], [whiteout('a')]],
    expect: { tree: [file('b', '1')] },
  },
  {
    // google/go-containerregistry#2002
    id: 'ggcr-02',
    title: 'names of an inode keep the old content together when one of them is overwritten above',
    layers: [[file('a', 'old'), hardlink('b', 'a'), hardlink('c', 'a')], [file('a', 'new')]],
    expect: { tree: [file('a', 'new'), file('b', 'old'), hardlink('c', 'b')] },
  },
  {
    id: 'ggcr-03',
    title: 'a link of an upper layer shares the inode of its target below',
    layers: [[file('a', '1')], [hardlink('b', 'a')]],
    expect: { tree: [file('a', '1'), hardlink('b', 'a')] },
  },
  {
    id: 'ggcr-04',
    title: 'the last name of a chain of links keeps the content when the others are removed',
    layers: [
      [file('a', '1'), hardlink('b', 'a'), hardlink('c', 'b')],
      [whiteout('a'), whiteout('b')],
    ],
    expect: { tree: [file('c', '1')] },
  },
  {
    id: 'ggcr-05',
    title: 'a link keeps its content when its target becomes a directory above',
    layers: [
      [file('a', '1'), hardlink('b', 'a')],
      [directory('a'), file('a/x')],
    ],
    expect: { tree: [directory('a'), file('a/x'), file('b', '1')] },
  },
  {
    id: 'ggcr-06',
    title: 'a link keeps its content when an opaque directory hides its target',
    layers: [
      [file('d/a', '1'), hardlink('b', 'd/a')],
      [directory('d'), opaque('d')],
    ],
    expect: { tree: [directory('d'), file('b', '1')] },
  },
];

const orders: readonly ApplyCase[] = [
  {
    id: 'ggcr-07',
    title: 'a file added again after its whiteout in the same layer stays',
    layers: [[file('a', 'old')], [whiteout('a'), file('a', 'new')]],
    expect: { tree: [file('a', 'new')] },
  },
  {
    id: 'ggcr-08',
    title: 'a directory added again after its whiteout in the same layer stays, without the old children',
    layers: [
      [directory('d'), file('d/old')],
      [whiteout('d'), directory('d', { mode: 0o700 }), file('d/new')],
    ],
    expect: { tree: [directory('d', { mode: 0o700 }), file('d/new')] },
  },
  {
    // umoci takes the last, containers/storage refuses the layer; the rules take the last and note it.
    id: 'ggcr-09',
    title: 'the last of two entries for one path wins',
    layers: [[file('a', 'first'), file('a', 'last')]],
    expect: { tree: [file('a', 'last')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    // The tools write through the link; the rules replace it unless told to follow (the next case).
    id: 'ggcr-10a',
    title: 'an upper lib/foo replaces the symbolic link lib of a lower layer',
    layers: [usrLib, [file('lib/foo', 'f')]],
    expect: { tree: [directory('usr/lib'), file('lib/foo', 'f')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'ggcr-10b',
    title: 'with follow, an upper lib/foo is written through the symbolic link lib, inside the root',
    layers: [[directory('usr/lib'), symlink('lib', '/usr/lib')], [file('lib/foo', 'f')]],
    onConflict: 'follow',
    expect: { tree: [directory('usr/lib'), symlink('lib', '/usr/lib'), file('usr/lib/foo', 'f')] },
  },
  {
    id: 'ggcr-11',
    title: 'a child after a symbolic link of the same layer is written through it',
    layers: [[...usrLib, file('lib/foo', 'f')]],
    expect: { tree: [...usrLib, file('usr/lib/foo', 'f')] },
  },
  {
    // umoci and buildah fail here; the rules make the file a directory and note it.
    id: 'ggcr-12a',
    title: 'a file below that an upper layer needs as a directory becomes one',
    layers: [[file('a', 'file')], [file('a/b', 'b')]],
    expect: { tree: [file('a/b', 'b')] },
    notes: ['CONFLICT_PARENT_REPLACED'],
  },
  {
    id: 'ggcr-12b',
    title: 'with error, a file below that an upper layer needs as a directory is refused',
    layers: [[file('a', 'file')], [file('a/b', 'b')]],
    onConflict: 'error',
    expect: { error: 'CONFLICT_REFUSED' },
  },
  {
    id: 'ggcr-13',
    title: 'a symbolic link with surplus ".." is kept as it is',
    layers: [[surplus]],
    expect: { tree: [surplus] },
  },
  {
    id: 'ggcr-14',
    title: 'a symbolic link with surplus ".." replaces the file below it',
    layers: [[file('app/l', 'stale')], [surplus]],
    expect: { tree: [surplus] },
  },
  {
    id: 'ggcr-15',
    title: 'an opaque marker that ends its layer hides only lower content',
    layers: [[file('d/old')], [directory('d'), file('d/new'), opaque('d')]],
    expect: { tree: [directory('d'), file('d/new')] },
  },
  {
    id: 'ggcr-16',
    title: 'a file of an opaque middle layer that the top removes is gone, and nothing comes back',
    layers: [[file('d/a', 'bottom')], [directory('d'), opaque('d'), file('d/a', 'middle')], [whiteout('d/a')]],
    expect: { tree: [directory('d')] },
  },
  {
    id: 'ggcr-17',
    title: 'an opaque top hides the file of an opaque middle layer',
    layers: [
      [file('d/bottom')],
      [directory('d'), opaque('d'), file('d/middle')],
      [directory('d', { mtime: 3 }), opaque('d'), file('d/top')],
    ],
    expect: { tree: [directory('d', { mtime: 3 }), file('d/top')] },
  },
];

/** Every kind over every other, one case per lower kind. */
const kinds: Readonly<Record<string, (name: string) => EntrySpec[]>> = {
  file: (name) => [file(name, 'f')],
  directory: (name) => [directory(name, { mode: 0o700 }), file(`${name}/child`, 'c')],
  symlink: (name) => [symlink(name, 'elsewhere')],
  fifo: (name) => [fifo(name)],
};

const typeChanges = Object.entries(kinds).map(([lower, make], index): ApplyCase => {
  const others = Object.entries(kinds).filter(([kind]) => kind !== lower);
  return {
    id: `ggcr-18${'abcd'.charAt(index)}`,
    title: `a ${lower} of a lower layer becomes whatever kind the upper layer has`,
    layers: [others.flatMap(([kind]) => make(`to-${kind}`)), others.flatMap(([kind, to]) => to(`to-${kind}`))],
    expect: { tree: others.flatMap(([kind, to]) => to(`to-${kind}`)) },
  };
});

const agreed: readonly ApplyCase[] = [
  ...typeChanges,
  {
    id: 'ggcr-19',
    title: 'a hard link to a symbolic link is the link once more',
    layers: [[symlink('s', 'a'), file('a', '1'), hardlink('h', 's')]],
    expect: { tree: [file('a', '1'), symlink('s', 'a'), hardlink('h', 's')] },
  },
  {
    id: 'ggcr-20',
    title: 'a hard link whose parent directory has no entry gets an implied one',
    layers: [[file('a', '1'), hardlink('x/y/b', 'a')]],
    expect: { tree: [file('a', '1'), hardlink('x/y/b', 'a')] },
  },
  {
    id: 'ggcr-21',
    title: 'link targets that begin with ./ and / are found',
    layers: [[file('d/a', '1'), hardlink('b', './d/a'), hardlink('c', '/d/a')]],
    expect: { tree: [file('d/a', '1'), hardlink('b', 'd/a'), hardlink('c', 'd/a')] },
  },
  {
    id: 'ggcr-22',
    title: 'a whiteout that is itself a hard link is a whiteout',
    layers: [
      [file('a', '1'), file('b', '2')],
      [file('n', 'n'), hardlink('.wh.a', 'n')],
    ],
    expect: { tree: [file('b', '2'), file('n', 'n')] },
    notes: ['MARKER_NOT_A_FILE'],
  },
  {
    id: 'ggcr-23',
    title: 'one name written anew leaves the group',
    layers: [[file('a', 'same'), hardlink('b', 'a'), hardlink('c', 'a')], [file('b', 'same')]],
    expect: { tree: [file('a', 'same'), file('b', 'same'), hardlink('c', 'a')] },
  },
  {
    id: 'ggcr-24',
    title: 'an opaque marker in the root hides all that is below',
    layers: [
      [file('a'), file('d/x')],
      [opaque(''), file('d/y')],
    ],
    expect: { tree: [file('d/y')] },
  },
  {
    // Missing comes before itself in the rules' list of what is wrong with a target.
    id: 'ggcr-25a',
    title: 'a link to itself is an error where nothing has the name',
    layers: [[hardlink('a', 'a')]],
    expect: { error: 'LINK_TARGET_MISSING' },
  },
  {
    id: 'ggcr-25b',
    title: 'a link before its target in one layer is an error',
    layers: [[hardlink('b', 'a'), file('a', '1')]],
    expect: { error: 'LINK_TARGET_LATER' },
  },
];

const chain = [
  file('end', 'e'),
  hardlink('link1', 'end'),
  ...[2, 3, 4, 5, 6, 7, 8, 9, 10].map((number) => hardlink(`link${number}`, `link${number - 1}`)),
];
const longTarget = `${'t'.repeat(60)}/${'u'.repeat(60)}`;

const field: readonly ApplyCase[] = [
  {
    // AUFS-era images (mesos-gpu-docker#1, smolvm#397)
    id: 'ggcr-26a',
    title: 'whiteouts that are hard links of each other are whiteouts',
    layers: [
      [file('d/a'), file('d/b'), file('d/c')],
      [file('.wh..wh.aufs'), hardlink('d/.wh.a', '.wh..wh.aufs'), hardlink('d/.wh.b', 'd/.wh.a')],
    ],
    expect: { tree: [file('d/c')] },
    notes: ['MARKER_NOT_A_FILE'],
  },
  {
    id: 'ggcr-26b',
    title: 'a whiteout that is a hard link of a real file leaves that file with one name',
    layers: [[file('a', 'a'), file('real', 'r')], [hardlink('.wh.a', 'real')]],
    expect: { tree: [file('real', 'r')] },
    notes: ['MARKER_NOT_A_FILE'],
  },
  {
    id: 'ggcr-26c',
    title: 'a whiteout that is a hard link to nothing is a whiteout',
    layers: [[file('a', 'a')], [hardlink('.wh.a', 'nothing')]],
    expect: { tree: [] },
    notes: ['MARKER_NOT_A_FILE'],
  },
  {
    // apple/container#1797
    id: 'ggcr-27',
    title: 'a hard link into a directory that no layer lists and to a file of a lower layer is made',
    layers: [[file('bin/tool', 't')], [hardlink('opt/tool/bin/tool', 'bin/tool')]],
    expect: { tree: [file('bin/tool', 't'), hardlink('opt/tool/bin/tool', 'bin/tool')] },
  },
  {
    // confidential-containers/guest-components#1148
    id: 'ggcr-28',
    title: 'an absolute link target is relative to the root, across layers too',
    layers: [[file('usr/bin/x', 'x')], [hardlink('usr/bin/y', '/usr/bin/x')]],
    expect: { tree: [file('usr/bin/x', 'x'), hardlink('usr/bin/y', 'usr/bin/x')] },
  },
  {
    // containers/buildah#6297
    id: 'ggcr-29a',
    title: 'a chain of ten links is one group',
    layers: [chain],
    expect: { tree: [file('end', 'e'), ...chain.slice(1).map(({ name }) => hardlink(name, 'end'))] },
  },
  {
    id: 'ggcr-29b',
    title: 'a chain of ten links keeps its content without its middle and its end',
    layers: [chain, [whiteout('end'), whiteout('link5')]],
    expect: {
      tree: [file('link1', 'e'), ...[2, 3, 4, 6, 7, 8, 9, 10].map((number) => hardlink(`link${number}`, 'link1'))],
    },
  },
  {
    // isaacs/node-tar#398
    id: 'ggcr-30',
    title: 'a file hard-linked to itself is an error',
    layers: [[file('a', '1'), hardlink('a', 'a')]],
    expect: { error: 'LINK_TO_SELF' },
  },
  {
    // isaacs/node-tar#312
    id: 'ggcr-31',
    title: 'a link target over 100 bytes that only the PAX header has is found',
    layers: [
      rawTar(
        paxHeader({ path: longTarget }),
        rawEntry({ name: 'cut', body: '1' }),
        paxHeader({ linkpath: longTarget }),
        rawEntry({ name: 'h', typeflag: '1' }),
      ),
    ],
    expect: { tree: [file(longTarget, '1'), hardlink('h', longTarget)] },
  },
  {
    id: 'ggcr-32',
    title: 'the name ".wh." is an error in any directory',
    layers: [[directory('d'), file('d/.wh.')]],
    expect: { error: 'WHITEOUT_INVALID' },
  },
];

export const ggcrCases: readonly ApplyCase[] = [...links, ...orders, ...agreed, ...field];

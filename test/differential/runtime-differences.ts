/**
 * "Where overlay runtimes show something else" (docs/layer-semantics.md), a case for each part of each sentence: what
 * Docker and containers/storage show, told as the lines by which that differs from what Holdfast unpacks.
 */
import {
  charDevice,
  directory,
  type EntrySpec,
  file,
  hardlink,
  opaque,
  symlink,
  whiteout,
} from '../../src/testing/index.ts';

/**
 * Lines of `differences`, with times of the test run as `now`; or the runtime does not take the layer, or it shows a name
 * that is not there when it is asked for.
 */
export type Shown = readonly string[] | 'refused' | 'ghost';

export interface RuntimeDifference {
  readonly title: string;
  readonly layers: readonly (readonly EntrySpec[])[];
  /** Whether the root is compared too. */
  readonly showsRoot?: boolean;
  readonly Docker: Shown;
  readonly 'containers/storage': Shown;
}

const same = (shown: Shown): Pick<RuntimeDifference, 'Docker' | 'containers/storage'> => ({
  Docker: shown,
  'containers/storage': shown,
});

/** cap_net_bind_service as `setcap` stores it. */
const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');

export const runtimeDifferences: readonly RuntimeDifference[] = [
  {
    title: 'a whiteout in a directory that does not exist makes that directory, with a ghost in it',
    layers: [[file('a')], [whiteout('x/y')]],
    ...same('ghost'),
  },
  {
    title: 'an opaque marker in a directory that does not exist makes that directory',
    layers: [[file('a')], [opaque('x')]],
    ...same(['extra   x (directory)']),
  },
  {
    title: 'a whiteout below a symbolic link of a lower layer makes that a directory, with a ghost in it',
    layers: [[file('d/x'), symlink('s', 'd')], [whiteout('s/x')]],
    ...same('ghost'),
  },
  {
    title: 'a whiteout below a file makes that a directory, with a ghost in it',
    layers: [[file('f')], [whiteout('f/x')]],
    ...same('ghost'),
  },
  {
    title: 'a parent that the layer does not list loses mode, owner, time and xattrs',
    layers: [[directory('d', { mode: 0o700, uid: 5, gid: 6, mtime: 3, xattrs: { 'user.a': '1' } })], [file('d/x')]],
    ...same([
      'other   d: mode is 0755, should be 0700',
      'other   d: uid is 0, should be 5',
      'other   d: gid is 0, should be 6',
      'other   d: mtime is now, should be "3.000000000"',
      'other   d: xattrs is [], should be [["user.a","31"]]',
    ]),
  },
  {
    title: 'the attributes of a hard link entry are applied',
    layers: [[file('a', '1'), hardlink('b', 'a', { mode: 0o600, uid: 5, gid: 6, mtime: 3 })]],
    ...same(
      ['a', 'b'].flatMap((name) => [
        `other   ${name}: mode is 0600, should be 0644`,
        `other   ${name}: uid is 5, should be 0`,
        `other   ${name}: gid is 6, should be 0`,
        `other   ${name}: mtime is "3.000000000", should be "1700000000.000000000"`,
      ]),
    ),
  },
  {
    title: 'a capability that a hard link entry does not say again is lost',
    layers: [[file('a', '1', { xattrs: { 'security.capability': capability } }), hardlink('b', 'a')]],
    Docker: ['a', 'b'].map(
      (name) => `other   ${name}: xattrs is [], should be [["security.capability","${capability.toString('hex')}"]]`,
    ),
    'containers/storage': [],
  },
  {
    title: 'a character device 0:0 is a whiteout',
    layers: [[file('a'), file('b')], [charDevice('a', 0, 0)]],
    ...same(['missing a (char)']),
  },
  {
    title: 'trusted.overlay.opaque makes a directory opaque',
    layers: [[file('d/x')], [directory('d', { xattrs: { 'trusted.overlay.opaque': 'y' } })]],
    ...same(['other   d: xattrs is [], should be [["trusted.overlay.opaque","79"]]', 'missing d/x (file)']),
  },
  {
    title: 'the root entry is ignored',
    layers: [[directory('./', { mode: 0o711, uid: 5, mtime: 3 }), file('a')]],
    showsRoot: true,
    Docker: [
      'other   .: mode is 0755, should be 0711',
      'other   .: uid is 0, should be 5',
      'other   .: mtime is now, should be "3.000000000"',
    ],
    'containers/storage': [
      'other   .: mode is 0555, should be 0711',
      'other   .: uid is 0, should be 5',
      'other   .: mtime is now, should be "3.000000000"',
    ],
  },
  {
    title: 'an opaque marker in the root is ignored',
    layers: [[file('a')], [opaque(''), file('b')]],
    ...same(['extra   a (file)']),
  },
  {
    title: 'a hard link to a lower layer is refused',
    layers: [[file('a')], [hardlink('b', 'a')]],
    ...same('refused'),
  },
  {
    title: 'a whiteout after the file of its name is refused',
    layers: [[file('a', '1')], [file('a', '2'), whiteout('a')]],
    ...same('refused'),
  },
  {
    title: 'a file after the whiteout of its name is the one thing of the kind that is shown as here',
    layers: [[file('a', '1')], [whiteout('a'), file('a', '2')]],
    ...same([]),
  },
  {
    title: 'a directory after its whiteout shows what it held below',
    layers: [[file('d/x')], [whiteout('d'), directory('d')]],
    ...same(['extra   d/x (file)']),
  },
  {
    title: 'a directory that was a file in the same layer is refused',
    layers: [[file('d/x')], [file('d'), directory('d')]],
    ...same('refused'),
  },
  {
    title: 'a marker inside an opaque directory leaves a ghost of its name',
    layers: [
      [directory('d'), file('d/x')],
      [directory('d'), opaque('d'), whiteout('d/x')],
    ],
    ...same('ghost'),
  },
  {
    title: 'a time before 1970 becomes 1970',
    layers: [[file('a', '', { mtime: -5 })]],
    ...same(['other   a: mtime is "0.000000000", should be "-5.000000000"']),
  },
];

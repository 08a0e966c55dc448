/** Images that other programs get wrong, and what each of those was measured to make of them before they are repaired. */
import { directory, type EntrySpec, file, hardlink, opaque, symlink, whiteout } from '../../src/testing/index.ts';

/** `same`: the tree that Holdfast says. `refuses`: none. `differs`: another one. `ghosts`: one with names of nothing. */
export type Made = 'same' | 'refuses' | 'differs' | 'ghosts';

export interface RepairCase {
  readonly name: string;
  readonly rule: string;
  readonly layers: readonly (readonly EntrySpec[])[];
  /** Without `fix`, by umoci 0.4.7; and by podman 4.3 and Docker 28, which agree. Docker 29.7.0 refuses P01. */
  readonly before: { readonly umoci: Made; readonly overlay: Made };
}

const base = [
  directory('./', { mode: 0o755 }),
  directory('etc/', { mode: 0o700, uid: 7 }),
  file('etc/passwd', 'root'),
  directory('tmp/', { mode: 0o1777 }),
];

export const repairCases: readonly RepairCase[] = [
  {
    name: 'absolute targets of hard links, as kaniko wrote them',
    rule: 'P01',
    layers: [
      base,
      [
        directory('usr/'),
        file('usr/git', 'git', { mode: 0o755 }),
        ...['a', 'b', 'c'].map((name) => hardlink(`usr/git-${name}`, '/usr/git', { mode: 0o755 })),
      ],
      [directory('usr/'), file('usr/other', 'other')],
    ],
    before: { umoci: 'same', overlay: 'same' },
  },
  {
    name: 'a hard link before its target',
    rule: 'P23',
    layers: [base, [directory('d/'), hardlink('d/a', 'd/b'), file('d/b', 'b')]],
    before: { umoci: 'refuses', overlay: 'refuses' },
  },
  {
    name: 'hard links to hard links',
    rule: 'P09',
    layers: [base, [directory('d/'), file('d/a', 'a'), hardlink('d/b', 'd/a'), hardlink('d/c', 'd/b')]],
    before: { umoci: 'same', overlay: 'same' },
  },
  {
    name: 'a hard link to a file of a lower layer',
    rule: 'P27',
    layers: [base, [directory('etc/', { mode: 0o700, uid: 7 }), hardlink('etc/group', 'etc/passwd')]],
    before: { umoci: 'same', overlay: 'refuses' },
  },
  {
    name: 'a file and then a directory of one name',
    rule: 'P26',
    layers: [
      [...base, directory('d/'), file('d/old', 'old')],
      [file('d', 'd'), directory('d/'), file('d/new', 'new')],
    ],
    before: { umoci: 'same', overlay: 'refuses' },
  },
  {
    name: 'a directory that is listed twice',
    rule: 'P26',
    layers: [base, [directory('d/'), file('d/a', 'a'), directory('d/', { mode: 0o700 })]],
    before: { umoci: 'same', overlay: 'refuses' },
  },
  {
    name: 'a name that is removed and written in one layer',
    rule: 'P28',
    layers: [
      [...base, directory('d/'), file('d/old', 'old')],
      [whiteout('d'), directory('d/'), file('d/new', 'new')],
    ],
    before: { umoci: 'same', overlay: 'differs' },
  },
  {
    name: 'a whiteout inside a directory that is cleared',
    rule: 'P28',
    layers: [
      [...base, directory('d/'), file('d/old', 'old')],
      [directory('d/'), opaque('d'), whiteout('d/old'), whiteout('d/other'), file('d/new', 'new')],
    ],
    before: { umoci: 'same', overlay: 'ghosts' },
  },
  {
    name: 'a file in a directory that its layer does not list',
    rule: 'P29',
    layers: [base, [file('tmp/a', 'a'), file('etc/b', 'b')]],
    before: { umoci: 'same', overlay: 'differs' },
  },
  {
    name: 'a hard link whose header says other attributes',
    rule: 'P32',
    layers: [
      base,
      [directory('d/'), file('d/a', 'a', { mode: 0o4755, uid: 3 }), hardlink('d/b', 'd/a', { mode: 0o600 })],
    ],
    before: { umoci: 'same', overlay: 'differs' },
  },
  {
    name: 'names behind a symbolic link of the same layer',
    rule: 'C30',
    layers: [base, [directory('d/'), symlink('l', 'd'), file('l/a', 'a'), hardlink('b', 'l/a')]],
    before: { umoci: 'same', overlay: 'same' },
  },
  {
    name: 'a whiteout that removes nothing, in a directory that is not there',
    rule: 'P16',
    layers: [base, [file('x', 'x'), whiteout('gone/x')]],
    before: { umoci: 'same', overlay: 'ghosts' },
  },
];

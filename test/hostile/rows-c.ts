/** C: hard links. */
import {
  directory,
  file,
  hardlink,
  paxHeader,
  rawEntry,
  rawTar,
  symlink,
  whiteout,
  type EntrySpec,
} from '../../src/testing/index.ts';
import type { HostileRow } from './hostile-row.ts';
import { outside } from './outside.ts';

const one = (...layer: readonly EntrySpec[]) => ({ layers: [layer] });

export const climbingTarget: HostileRow = {
  id: 'C1',
  title: 'a hard link’s target climbs out of the root',
  structure: 'A target that begins with “..” or has it inside.',
  consequence:
    'A file of the host appears in the image, and writing to it changes the host (node-tar CVE-2026-23745 and CVE-2026-24842, tar-fs CVE-2024-12905).',
  verdict: 'rejected',
  inputs: [
    { title: 'one step', build: () => one(hardlink('h', '../outside/file')), expect: { error: 'NAME_ESCAPES' } },
    { title: 'behind "/"', build: () => one(hardlink('h', '/../outside/file')), expect: { error: 'NAME_ESCAPES' } },
    {
      title: 'in the middle',
      build: () => one(file('f'), directory('a/'), hardlink('h', 'a/../f')),
      expect: { error: 'NAME_ESCAPES' },
    },
    {
      title: 'in a PAX link path, then written through',
      build: () => ({
        layers: [
          rawTar(
            paxHeader({ linkpath: '../outside/file' }),
            rawEntry({ name: 'h', typeflag: '1', linkName: 'harmless' }),
            rawEntry({ name: 'h', body: 'gotcha' }),
          ),
        ],
      }),
      expect: { error: 'NAME_ESCAPES' },
    },
  ],
};

export const absoluteTarget: HostileRow = {
  id: 'C2',
  title: 'a hard link’s target is absolute',
  structure: 'A target such as “/usr/bin/x”, as kaniko wrote them for eight years.',
  consequence:
    'Taken literally it is a file of the host; refused, Docker 29.7.0 could not run images built with kaniko (go-archive #99).',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'a usual one',
      build: () => one(file('usr/bin/git', '1'), hardlink('usr/bin/git-log', '/usr/bin/git')),
      expect: { tree: [file('usr/bin/git', '1'), hardlink('usr/bin/git-log', 'usr/bin/git')] },
    },
    {
      title: 'one that only the host has',
      build: () => one(hardlink('h', `${outside}/file`)),
      expect: { error: 'LINK_TARGET_MISSING' },
    },
  ],
};

export const targetBehindLink: HostileRow = {
  id: 'C3',
  title: 'a hard link’s target is reached through a symbolic link',
  structure: 'A link to a directory of the host (or of the image), and a target below it.',
  consequence:
    'The text of the target looks harmless, and the link ends at a file of the host (node-tar CVE-2026-26960).',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'to the host',
      build: () => one(symlink('l', outside), hardlink('h', 'l/file')),
      expect: { error: 'LINK_TARGET_MISSING' },
    },
    {
      title: 'to the image, in the same layer',
      build: () => one(file('d/f', '1'), symlink('l', '/d'), hardlink('h', 'l/f')),
      expect: { tree: [file('d/f', '1'), symlink('l', '/d'), hardlink('h', 'd/f')] },
    },
    {
      title: 'through a link of a lower layer, which is not followed',
      build: () => ({ layers: [[file('d/f', '1'), symlink('l', 'd')], [hardlink('h', 'l/f')]] }),
      expect: { error: 'LINK_TARGET_MISSING' },
    },
  ],
};

export const targetInWorkingDirectory: HostileRow = {
  id: 'C4',
  title: 'a hard link’s target exists in the working directory of the tool',
  structure: 'A relative target that the image does not have and the directory in which the tool was started has.',
  consequence: 'Checked against the root, then linked relative to the process (oras-go CVE-2026-50163).',
  verdict: 'rejected',
  inputs: [
    { title: 'a file', build: () => one(hardlink('h', 'file')), expect: { error: 'LINK_TARGET_MISSING' } },
    { title: 'a file below it', build: () => one(hardlink('h', 'dir/file')), expect: { error: 'LINK_TARGET_MISSING' } },
  ],
};

export const hardLinkToLink: HostileRow = {
  id: 'C5',
  title: 'a hard link’s target is a symbolic link',
  structure: 'A symbolic link to a file of the host or of the image, and a hard link to the link.',
  consequence:
    'Where the link is followed, the new name is the host’s file, or another file of the image (cpython #157190).',
  verdict: 'kept',
  inputs: [
    {
      title: 'to the host',
      build: () => one(symlink('l', `${outside}/file`), hardlink('h', 'l')),
      expect: { tree: [symlink('l', `${outside}/file`), hardlink('h', 'l')] },
    },
    {
      title: 'to the image',
      build: () => one(file('f', '1'), symlink('l', 'f'), hardlink('h', 'l')),
      expect: { tree: [file('f', '1'), symlink('l', 'f'), hardlink('h', 'l')] },
    },
    {
      title: 'of a lower layer',
      build: () => ({ layers: [[symlink('l', `${outside}/file`)], [hardlink('h', 'l')]] }),
      expect: { tree: [symlink('l', `${outside}/file`), hardlink('h', 'l')] },
    },
  ],
};

export const targetComesLater: HostileRow = {
  id: 'C6',
  title: 'a hard link comes before its target',
  structure: 'The link entry first, the file it names further on in the same layer.',
  consequence:
    'Most extractors fail half-way; those that wait for the end link to another file than those that do not.',
  verdict: 'rejected',
  inputs: [
    { title: 'a file', build: () => one(hardlink('h', 'f'), file('f', '1')), expect: { error: 'LINK_TARGET_LATER' } },
    {
      title: 'removed and added again in the layer of the link',
      build: () => ({ layers: [[file('f', '1')], [whiteout('f'), hardlink('h', 'f'), file('f', '2')]] }),
      expect: { error: 'LINK_TARGET_LATER' },
    },
  ],
};

export const impossibleHardLink: HostileRow = {
  id: 'C7',
  title: 'a hard link cannot be made',
  structure: 'A link to a directory, to the root, to itself, and two links to each other.',
  consequence: 'The kernel refuses half-way; a tool that resolves links itself goes round in a circle.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'to a directory',
      build: () => one(directory('d/'), hardlink('h', 'd')),
      expect: { error: 'LINK_TO_DIRECTORY' },
    },
    { title: 'to the root', build: () => one(hardlink('h', '/')), expect: { error: 'LINK_TO_DIRECTORY' } },
    { title: 'to itself', build: () => one(file('f'), hardlink('f', './f')), expect: { error: 'LINK_TO_SELF' } },
    { title: 'to itself and nothing', build: () => one(hardlink('f', 'f')), expect: { error: 'LINK_TARGET_MISSING' } },
    {
      title: 'to itself through a symbolic link',
      build: () => one(file('d/f'), symlink('l', 'd'), hardlink('l/f', 'd/f')),
      expect: { error: 'LINK_TO_SELF' },
    },
    {
      title: 'two to each other',
      build: () => one(hardlink('a', 'b'), hardlink('b', 'a')),
      expect: { error: 'LINK_TARGET_LATER' },
    },
  ],
};

export const writeThroughLink: HostileRow = {
  id: 'C8',
  title: 'a file is written to a name that is a hard link',
  structure: 'Two names of one file, then a file entry for one of them, in the same or in a later layer.',
  consequence: 'Truncating and writing what is there changes the other name too, in a snapshot below or on the host.',
  verdict: 'kept',
  inputs: [
    {
      title: 'in a later layer',
      build: () => ({ layers: [[file('a', '1'), hardlink('b', 'a')], [file('b', 'other')]] }),
      expect: { tree: [file('a', '1'), file('b', 'other')] },
    },
    {
      title: 'in the same layer',
      build: () => one(file('a', '1'), hardlink('b', 'a'), file('b', 'other')),
      expect: { tree: [file('a', '1'), file('b', 'other')] },
      notes: ['DUPLICATE_ENTRY'],
    },
  ],
};

export const targetReplacedAbove: HostileRow = {
  id: 'C9',
  title: 'a later layer replaces or removes the target of a hard link',
  structure: 'Two names of one file; above them one name gets other content, or goes.',
  consequence:
    'Flattened by name, the untouched name gets the wrong content or cannot be made (go-containerregistry #2002, #977).',
  verdict: 'kept',
  inputs: [
    {
      title: 'replaced',
      build: () => ({ layers: [[file('a', 'old'), hardlink('b', 'a')], [file('a', 'new')]] }),
      expect: { tree: [file('a', 'new'), file('b', 'old')] },
    },
    {
      title: 'removed',
      build: () => ({ layers: [[file('a', 'old'), hardlink('b', 'a'), hardlink('c', 'a')], [whiteout('a')]] }),
      expect: { tree: [file('b', 'old'), hardlink('c', 'b')] },
    },
  ],
};

export const copyInsteadOfLink: HostileRow = {
  id: 'C10',
  title: 'a hard link cannot be made where it is needed, and a copy would do',
  structure: 'A hard link to a symbolic link whose target is a secret of the host.',
  consequence:
    'The way that copies instead of linking lacks the checks of the other, and copies the host’s file (cpython #151558).',
  verdict: 'kept',
  inputs: [
    {
      title: 'a secret of the host',
      build: () => one(symlink('s', `${outside}/secret`), hardlink('h', 's')),
      expect: { tree: [symlink('s', `${outside}/secret`), hardlink('h', 's')] },
    },
  ],
  alsoTested: 'There is no such second way: nothing is ever copied in place of a link.',
};

const inner = rawEntry({ name: 'inner', body: 'x' });

export const linkWithSize: HostileRow = {
  id: 'C11',
  title: 'a hard link or directory claims a size',
  structure: 'A size in the header of a hard link or directory; behind it either the next entry or a real body.',
  consequence: 'Readers that skip a body miss entries which others extract.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'a hard link',
      build: () => ({
        layers: [
          rawTar(
            rawEntry({ name: 'f', body: '1' }),
            rawEntry({ name: 'h', typeflag: '1', linkName: 'f', size: 1024 }),
            inner,
          ),
        ],
      }),
      expect: { tree: [file('f', '1'), hardlink('h', 'f'), file('inner', 'x')] },
      notes: ['BODY_SIZE_IGNORED'],
    },
    {
      title: 'a directory',
      build: () => ({ layers: [rawTar(rawEntry({ name: 'd/', typeflag: '5', mode: 0o755, size: 1024 }), inner)] }),
      expect: { tree: [directory('d'), file('inner', 'x')] },
      notes: ['BODY_SIZE_IGNORED'],
    },
    {
      title: 'a hard link behind PAX headers, which some readers give a body',
      build: () => ({
        layers: [
          rawTar(
            paxHeader({ comment: 'c' }),
            rawEntry({ name: 'f', body: '1' }),
            rawEntry({ name: 'h', typeflag: '1', linkName: 'f', size: 1024 }),
            inner,
          ),
        ],
      }),
      expect: { error: 'TAR_LINK_WITH_BODY' },
    },
  ],
};

export const firstNameRemoved: HostileRow = {
  id: 'C12',
  title: 'a whiteout removes the first name of a linked pair',
  structure: 'A file, a second name for it, and a whiteout of the first above.',
  consequence: 'The other name loses its content, or keeps a link count of two.',
  verdict: 'kept',
  inputs: [
    {
      title: 'a file',
      build: () => ({ layers: [[file('a', '1'), hardlink('b', 'a')], [whiteout('a')]] }),
      expect: { tree: [file('b', '1')] },
    },
    {
      title: 'the directory it is in',
      build: () => ({ layers: [[file('d/a', '1'), hardlink('b', 'd/a')], [whiteout('d')]] }),
      expect: { tree: [file('b', '1')] },
    },
  ],
};

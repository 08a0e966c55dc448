/** D: whiteouts. */
import { createCipheriv } from 'node:crypto';
import {
  charDevice,
  directory,
  fifo,
  file,
  hardlink,
  opaque,
  symlink,
  whiteout,
  type EntrySpec,
} from '../../src/testing/index.ts';
import type { HostileRow } from './hostile-row.ts';
import { outside } from './outside.ts';

const over = (lower: readonly EntrySpec[], ...upper: readonly EntrySpec[]) => ({ layers: [lower, upper] });

const something = [file('keep', '1'), file('d/f', '1')];

export const whiteoutOfParent: HostileRow = {
  id: 'D1',
  title: 'a whiteout removes “..”',
  structure: 'Markers named “.wh...”, at the root and below a directory.',
  consequence: 'The parent directory is deleted, at the root the one that holds the target.',
  verdict: 'rejected',
  inputs: [
    { title: 'at the root', build: () => over(something, file('.wh...')), expect: { error: 'WHITEOUT_INVALID' } },
    {
      title: 'below a directory',
      build: () => over(something, file('d/.wh...')),
      expect: { error: 'WHITEOUT_INVALID' },
    },
    {
      title: 'with ".." before it',
      build: () => over(something, file('../.wh.outside')),
      expect: { error: 'NAME_ESCAPES' },
    },
    {
      title: 'with ".." behind it',
      build: () => over(something, file('.wh.d/../f')),
      expect: { error: 'NAME_RESERVED' },
    },
  ],
};

export const whiteoutOfItself: HostileRow = {
  id: 'D2',
  title: 'a whiteout removes “.”',
  structure: 'Markers named “.wh..”, at the root and below a directory.',
  consequence: 'The directory itself is deleted, at the root everything.',
  verdict: 'rejected',
  inputs: [
    { title: 'at the root', build: () => over(something, file('.wh..')), expect: { error: 'WHITEOUT_INVALID' } },
    {
      title: 'below a directory',
      build: () => over(something, file('d/.wh..')),
      expect: { error: 'WHITEOUT_INVALID' },
    },
  ],
};

export const whiteoutOfNothing: HostileRow = {
  id: 'D3',
  title: 'a whiteout removes an empty name',
  structure: 'Markers named “.wh.”, at the root and below a directory.',
  consequence: 'Taken for an opaque marker, or for the directory itself.',
  verdict: 'rejected',
  inputs: [
    { title: 'at the root', build: () => over(something, file('.wh.')), expect: { error: 'WHITEOUT_INVALID' } },
    { title: 'below a directory', build: () => over(something, file('d/.wh.')), expect: { error: 'WHITEOUT_INVALID' } },
  ],
};

export const whiteoutBehindLink: HostileRow = {
  id: 'D4',
  title: 'a whiteout stands below a symbolic link that leads to the host',
  structure: 'A link to a directory of the host, then a marker below the link, in the same layer or in a later one.',
  consequence: 'A file of the host is deleted.',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'in a later layer',
      build: () => over([symlink('l', outside)], whiteout('l/file')),
      expect: { tree: [symlink('l', outside)] },
      notes: ['MARKER_WITHOUT_EFFECT'],
    },
    {
      title: 'in the same layer',
      build: () => over(something, symlink('l', outside), whiteout('l/file')),
      expect: { tree: [...something, symlink('l', outside)] },
      notes: ['MARKER_WITHOUT_EFFECT'],
    },
    {
      title: 'in the same layer, to a directory of the image',
      build: () => over(something, symlink('l', '../../d'), whiteout('l/f')),
      expect: { tree: [file('keep', '1'), directory('d', { mtime: 0 }), symlink('l', '../../d')] },
    },
  ],
};

export const opaqueBehindLink: HostileRow = {
  id: 'D5',
  title: 'an opaque marker stands below a symbolic link that leads to the host',
  structure: 'A link to a directory of the host, then an opaque marker below the link.',
  consequence: 'Everything in that directory of the host is deleted.',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'in a later layer',
      build: () => over([symlink('l', outside)], opaque('l')),
      expect: { tree: [symlink('l', outside)] },
      notes: ['MARKER_WITHOUT_EFFECT'],
    },
    {
      title: 'in the same layer',
      build: () => over(something, symlink('l', outside), opaque('l'), opaque('l/dir')),
      expect: { tree: [...something, symlink('l', outside)] },
      notes: ['MARKER_WITHOUT_EFFECT'],
    },
  ],
};

export const whiteoutOfLink: HostileRow = {
  id: 'D6',
  title: 'a whiteout removes a symbolic link',
  structure: 'Links to a file and a directory of the host and of the image, and whiteouts of the links.',
  consequence: 'What the link leads to is deleted instead of the link.',
  verdict: 'kept',
  inputs: [
    {
      title: 'four links',
      build: () =>
        over(
          [
            ...something,
            symlink('a', `${outside}/file`),
            symlink('b', `${outside}/dir`),
            symlink('c', 'keep'),
            symlink('e', 'd'),
          ],
          ...['a', 'b', 'c', 'e'].map(whiteout),
        ),
      expect: { tree: something },
    },
  ],
};

export const whiteoutComesLast: HostileRow = {
  id: 'D7',
  title: 'a whiteout stands behind what its own layer adds',
  structure: 'New entries first, then an opaque marker for their directory or a whiteout of the same name.',
  consequence: 'Applied in order, it removes what its own layer has just added.',
  verdict: 'kept',
  inputs: [
    {
      title: 'an opaque marker',
      build: () => over(something, file('d/new', '2'), opaque('d')),
      expect: { tree: [file('keep', '1'), file('d/new', '2')] },
    },
    {
      title: 'a whiteout of the same name',
      build: () => over(something, file('keep', '2'), whiteout('keep')),
      expect: { tree: [file('keep', '2'), file('d/f', '1')] },
    },
  ],
};

export const opaqueAndNewDirectory: HostileRow = {
  id: 'D8',
  title: 'a layer removes a directory and makes it again',
  structure: 'A directory entry with an opaque marker or a whiteout, and new content.',
  consequence: 'Files of the lower layer stay visible (go-containerregistry #2029).',
  verdict: 'kept',
  inputs: [
    {
      title: 'an opaque marker',
      build: () => over(something, directory('d/', { mode: 0o700 }), opaque('d'), file('d/new', '2')),
      expect: { tree: [file('keep', '1'), directory('d', { mode: 0o700 }), file('d/new', '2')] },
    },
    {
      title: 'a whiteout',
      build: () => over(something, whiteout('d'), directory('d/', { mode: 0o700 }), file('d/new', '2')),
      expect: { tree: [file('keep', '1'), directory('d', { mode: 0o700 }), file('d/new', '2')] },
    },
  ],
};

export const whiteoutInFirstLayer: HostileRow = {
  id: 'D9',
  title: 'the bottom layer has whiteouts',
  structure: 'Markers where there is nothing to remove.',
  consequence: 'Names that begin with “.wh.” appear in the result (go-containerregistry #1623).',
  verdict: 'kept',
  inputs: [
    {
      title: 'three markers',
      build: () => ({ layers: [[file('a', '1'), whiteout('a'), whiteout('d/x'), opaque('')]] }),
      expect: { tree: [file('a', '1')] },
      notes: ['MARKER_WITHOUT_EFFECT'],
    },
  ],
};

export const markerOfOddType: HostileRow = {
  id: 'D10',
  title: 'a whiteout marker is not an empty file',
  structure: 'Markers that are directories, links or have a body, and names below a marker.',
  consequence: 'Some tools obey, some create the marker itself, and “.wh.etc/x” is made as a file.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'five types',
      build: () =>
        over(
          ['a', 'b', 'c', 'e', 'g', 'keep'].map((name) => file(name, '1')),
          directory('.wh.a/'),
          symlink('.wh.b', outside),
          hardlink('.wh.c', 'keep'),
          fifo('.wh.e'),
          file('.wh.g', 'a body'),
        ),
      expect: { tree: [file('keep', '1')] },
      notes: ['MARKER_NOT_A_FILE'],
    },
    {
      title: 'a name below a marker',
      build: () => over(something, file('.wh.d/x')),
      expect: { error: 'NAME_RESERVED' },
    },
    {
      title: 'a name below an opaque marker',
      build: () => over(something, file('d/.wh..wh..opq/x')),
      expect: { error: 'NAME_RESERVED' },
    },
    {
      title: 'a parent that a link of the layer brings in',
      build: () => over(something, symlink('l', '.wh.d'), file('l/x')),
      expect: { error: 'NAME_RESERVED' },
    },
    {
      title: 'a hard link to a marker',
      build: () => over(something, whiteout('keep'), hardlink('h', '.wh.keep')),
      expect: { error: 'LINK_TARGET_MISSING' },
    },
  ],
};

export const aufsNames: HostileRow = {
  id: 'D11',
  title: 'names are reserved by AUFS',
  structure: '“.wh..wh.plnk/…” with hard links to it, “.wh..wh.aufs”, “.wh..wh.orph”, and unknown “.wh..wh.…”.',
  consequence: 'They appear in the result, or link targets are looked for in temporary directories.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'a link to a kept name',
      build: () => ({
        layers: [
          [
            directory('.wh..wh.plnk/'),
            file('.wh..wh.plnk/12.34', '1'),
            hardlink('a', '.wh..wh.plnk/12.34'),
            file('.wh..wh.aufs'),
            directory('.wh..wh.orph/'),
          ],
        ],
      }),
      expect: { tree: [file('a', '1')] },
    },
    {
      title: 'a link to a kept name of a lower layer',
      build: () => over([file('.wh..wh.plnk/12.34', '1')], hardlink('a', '.wh..wh.plnk/12.34')),
      expect: { error: 'LINK_TARGET_MISSING' },
    },
    {
      title: 'an unknown name',
      build: () => over(something, file('.wh..wh.other', '1'), file('d/.wh..wh.plnk', '1')),
      expect: { tree: something },
      notes: ['ENTRY_IGNORED'],
    },
  ],
};

export const whiteoutOfMissing: HostileRow = {
  id: 'D12',
  title: 'a whiteout removes what is not there',
  structure: 'Markers for names that no lower layer has. Docker writes them.',
  consequence: 'Tools fail on honest images.',
  verdict: 'kept',
  inputs: [
    {
      title: 'two names',
      build: () => over(something, whiteout('missing'), whiteout('d/missing')),
      expect: { tree: something },
    },
    {
      title: 'below what is not there either',
      build: () => over(something, whiteout('a/b/missing')),
      expect: { tree: something },
      notes: ['MARKER_WITHOUT_EFFECT'],
    },
  ],
};

export const manyMarkers: HostileRow = {
  id: 'D13',
  title: 'a layer has very many opaque markers',
  structure: 'A hundred thousand opaque markers over as many directories.',
  consequence:
    'Time grows with markers times entries, and a small image keeps a node busy for hours (containerd GHSA-rp3h-jf77-q9p4).',
  verdict: 'kept',
  inputs: [],
  alsoTested: 'A hundred thousand markers over a hundred thousand directories give the right tree.',
};

export const overlayDevice: HostileRow = {
  id: 'D14',
  title: 'a character device 0:0 stands in a layer',
  structure: 'A device with the numbers that mark a removed file for overlayfs.',
  consequence: 'Unpacked as a lower directory of an overlay, it hides files that a scanner saw.',
  verdict: 'kept',
  inputs: [
    {
      title: 'over a file of a lower layer',
      build: () => over(something, charDevice('keep', 0, 0)),
      expect: { tree: [file('d/f', '1'), charDevice('keep', 0, 0)] },
      needsRoot: true,
    },
  ],
};

export const overlayXattrs: HostileRow = {
  id: 'D15',
  title: 'extended attributes of overlayfs stand in a layer',
  structure: '“trusted.overlay.opaque”, “user.overlay.redirect” and their like.',
  consequence: 'In an overlay they hide files or show other ones than the layer says.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'on a directory and a file',
      build: () => ({ layers: [overlayEntries(true)] }),
      expect: { tree: overlayEntries(true) },
      onDisk: { tree: overlayEntries(false) },
      notesOnDisk: ['XATTR_NOT_SET'],
      needsRoot: true,
    },
  ],
};

function overlayEntries(withXattrs: boolean): EntrySpec[] {
  const opaqueMark = { 'trusted.overlay.opaque': 'y', 'user.overlay.opaque': 'y' };
  const redirect = { 'trusted.overlay.redirect': '/etc', 'user.overlay.metacopy': '' };
  return [
    directory('d', withXattrs ? { xattrs: opaqueMark } : {}),
    file('d/f', '1', { xattrs: { 'user.own': '1', ...(withXattrs ? redirect : {}) } }),
  ];
}

export const layersInParallel: HostileRow = {
  id: 'D17',
  title: 'whiteouts come in layers that are read in parallel',
  structure: 'Six layers of different sizes, each of which removes what the one below has added.',
  consequence: 'Layers applied in the order in which they arrive forget whiteouts (containerd #13030).',
  verdict: 'kept',
  inputs: [
    {
      title: 'six layers',
      build: () => ({
        layers: [600, 1, 500, 1, 700, 1].map((kilobytes, index) => [
          ...(index === 0 ? [] : [whiteout(`f${index - 1}`), opaque('d')]),
          file(`f${index}`, noise(index, kilobytes * 1024)),
          file(`d/${index}`, '1'),
        ]),
      }),
      expect: { tree: [file('f5', noise(5, 1024)), file('d/5', '1')] },
    },
  ],
};

/** Bytes that do not compress, always the same for the same seed. */
function noise(seed: number, length: number): Buffer {
  return createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Rule 1 of applying a layer: names. */
import {
  directory,
  file,
  hardlink,
  paxHeader,
  rawEntry,
  rawTar,
  symlink,
  whiteout,
  zeroBlock,
} from '../../src/testing/index.ts';
import type { ApplyCase } from './apply-case.ts';

const deepest = Array.from({ length: 1024 }, () => 'd').join('/');
const precomposed = 'caf\u00e9';
const decomposed = 'cafe\u0301';
const ordinary = [file('.wh', '1'), file('.whx/y', '2'), file('a.wh.b', '3'), file('wh.a', '4'), file('...', '5')];
const dotted = [file('..a', '1'), file('a..', '2'), file('d/.../e', '3')];

const spellings: readonly ApplyCase[] = [
  {
    id: 'spec-001',
    title: 'a, ./a and /a are one name, and the last of them wins',
    layers: [[file('a', '1'), file('./a', '2'), file('/a', '3')]],
    expect: { tree: [file('a', '3')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-002',
    title: 'a directory is the same with and without a slash at the end',
    layers: [[directory('a/', { mode: 0o700 }), file('a/x'), directory('a', { mode: 0o711 })]],
    expect: { tree: [directory('a', { mode: 0o711 }), file('a/x')] },
    notes: ['DUPLICATE_ENTRY'],
  },
  {
    id: 'spec-003',
    title: 'empty and dot components are nothing, in names and in link targets',
    layers: [[file('//a//b/././c', '1'), hardlink('.//h', '/.//a/./b//c'), directory('d/.', { mode: 0o700 })]],
    expect: { tree: [file('a/b/c', '1'), hardlink('h', 'a/b/c'), directory('d', { mode: 0o700 })] },
  },
  ...['.', './', '/', '//', '/./'].map((name, index): ApplyCase => ({
    id: `spec-004${'abcde'.charAt(index)}`,
    title: `${name} names the root`,
    layers: [[directory(name, { mode: 0o700, mtime: 4 })]],
    expect: { tree: [directory('.', { mode: 0o700, mtime: 4 })] },
  })),
  {
    id: 'spec-005',
    title: 'a symbolic link whose name ends in a slash is that link',
    layers: [[directory('d'), symlink('l/', 'd')]],
    expect: { tree: [directory('d'), symlink('l', 'd')] },
  },
  ...['./..', '/..', 'a/..', 'a/./../b', 'a/../a/b', '../'].map((name, index): ApplyCase => ({
    id: `spec-006${'abcdef'.charAt(index)}`,
    title: `the name ${name} is an error`,
    layers: [[directory(name)]],
    expect: { error: 'NAME_ESCAPES' },
  })),
  {
    id: 'spec-007',
    title: 'a link target with ".." is an error even where it stays inside the root',
    layers: [[file('a'), directory('d'), hardlink('b', 'd/../a')]],
    expect: { error: 'NAME_ESCAPES' },
  },
  {
    id: 'spec-008',
    title: 'three dots, and names that begin or end with two, are ordinary',
    layers: [dotted],
    expect: { tree: dotted },
  },
  {
    id: 'spec-009',
    title: 'an empty name is an error',
    layers: [rawTar(rawEntry({ name: '', body: 'x' }))],
    expect: { error: 'NAME_EMPTY' },
  },
  {
    id: 'spec-010',
    title: 'an empty link target is an error',
    layers: [rawTar(rawEntry({ name: 'h', typeflag: '1', linkName: '' }))],
    expect: { error: 'LINK_TEXT_INVALID' },
  },
  {
    id: 'spec-011',
    title: 'a NUL in a name is an error',
    layers: [rawTar(paxHeader({ path: 'a\0b' }), rawEntry({ name: 'a' }))],
    expect: { error: 'NAME_NUL' },
  },
  {
    id: 'spec-012',
    title: 'a component of 256 bytes is an error',
    layers: [[file(`d/${'n'.repeat(256)}`)]],
    expect: { error: 'NAME_TOO_LONG' },
  },
  {
    id: 'spec-012b',
    title: 'a whiteout of a name of 255 bytes removes it, though it is longer itself',
    layers: [[file(`d/${'n'.repeat(255)}`), file('d/x')], [whiteout(`d/${'n'.repeat(255)}`)]],
    expect: { tree: [file('d/x')] },
  },
  {
    id: 'spec-012c',
    title: 'a whiteout of a name of 256 bytes is an error',
    layers: [[whiteout(`d/${'n'.repeat(256)}`)]],
    expect: { error: 'NAME_TOO_LONG' },
  },
  {
    id: 'spec-013',
    title: 'a name of 1024 components is placed',
    layers: [[file(deepest, '1')]],
    expect: { tree: [file(deepest, '1')] },
  },
  {
    id: 'spec-014',
    title: 'a name of 1025 components is over the limit',
    layers: [[file(`${deepest}/d`)]],
    expect: { error: 'LIMIT_EXCEEDED' },
  },
  {
    id: 'spec-015',
    title: 'names that differ only in case or in Unicode normal form are two names',
    layers: [[file('A', '1'), file('a', '2'), file(precomposed, '3')], [file(decomposed, '4')]],
    expect: { tree: [file('A', '1'), file('a', '2'), file(precomposed, '3'), file(decomposed, '4')] },
  },
];

const reserved: readonly ApplyCase[] = [
  ...[
    '.wh.x/y',
    'd/.wh.x/y',
    '.wh./y',
    '.wh..wh..opq/y',
    '.wh..wh.foo/y',
    'd/.wh..wh.plnk/y',
    '.wh..wh.plnk/.wh.x/y',
  ].map((name, index): ApplyCase => ({
    id: `spec-016${'abcdefg'.charAt(index)}`,
    title: `the name ${name} has a reserved directory and is an error`,
    layers: [[file(name)]],
    expect: { error: 'NAME_RESERVED' },
  })),
  {
    id: 'spec-017',
    title: 'a link target with a reserved directory is an error',
    layers: [[file('a'), hardlink('h', '.wh.x/a')]],
    expect: { error: 'NAME_RESERVED' },
  },
  {
    id: 'spec-018',
    title: 'names that only resemble markers are ordinary',
    layers: [ordinary],
    expect: { tree: ordinary },
  },
];

const typeflags: readonly ApplyCase[] = [
  {
    id: 'spec-020',
    title: 'a v7 entry whose name ends in a slash is a directory',
    layers: [
      rawTar(
        rawEntry({ name: 'd/', typeflag: 0, magic: 'v7', mode: 0o700 }),
        rawEntry({ name: 'd/f', typeflag: 0, magic: 'v7', body: 'f' }),
      ),
    ],
    expect: { tree: [directory('d', { mode: 0o700 }), file('d/f', 'f')] },
  },
  ...['0', '7'].map((typeflag, index): ApplyCase => ({
    id: `spec-021${'ab'.charAt(index)}`,
    title: `an entry of type ${typeflag} whose name ends in a slash is a file`,
    layers: [rawTar(rawEntry({ name: 'f/', typeflag, body: 'f' }))],
    expect: { tree: [file('f', 'f')] },
    notes: ['DIRECTORY_NAME_AS_FILE'],
  })),
  {
    id: 'spec-022',
    title: 'an entry of type 7 is a regular file',
    layers: [rawTar(rawEntry({ name: 'f', typeflag: '7', body: 'f' }))],
    expect: { tree: [file('f', 'f')] },
  },
  {
    id: 'spec-023',
    title: 'an entry ./ without a type is the root',
    layers: [rawTar(rawEntry({ name: './', typeflag: 0, mode: 0o700 }))],
    expect: { tree: [directory('.', { mode: 0o700 })] },
  },
  {
    id: 'spec-024',
    title: 'a regular file that names the root is an error',
    layers: [rawTar(rawEntry({ name: './', typeflag: '0' }))],
    expect: { error: 'ROOT_NOT_DIRECTORY' },
  },
];

const endings: readonly ApplyCase[] = [
  {
    id: 'spec-030',
    title: 'an archive without zero blocks at its end is whole',
    layers: [rawEntry({ name: 'a', body: '1' })],
    expect: { tree: [file('a', '1')] },
  },
  {
    id: 'spec-031',
    title: 'an archive with one zero block at its end is whole',
    layers: [Buffer.concat([rawEntry({ name: 'a', body: '1' }), zeroBlock])],
    expect: { tree: [file('a', '1')] },
  },
  {
    id: 'spec-032',
    title: 'a lone zero block between entries is an error',
    layers: [rawTar(rawEntry({ name: 'a', body: '1' }), zeroBlock, rawEntry({ name: 'b', body: '2' }))],
    expect: { error: 'TAR_LONE_ZERO_BLOCK' },
  },
  {
    id: 'spec-033',
    title: 'the size in a PAX header beats that of the ustar header',
    layers: [
      rawTar(paxHeader({ size: '5' }), rawEntry({ name: 'a', size: 0, body: 'hello' }), rawEntry({ name: 'b' })),
    ],
    expect: { tree: [file('a', 'hello'), file('b')] },
    notes: ['PAX_SIZE_WINS'],
  },
];

export const nameCases: readonly ApplyCase[] = [...spellings, ...reserved, ...typeflags, ...endings];

/** A: names. */
import {
  directory,
  file,
  hardlink,
  paxHeader,
  rawEntry,
  rawTar,
  symlink,
  type EntrySpec,
} from '../../src/testing/index.ts';
import type { HostileRow } from './hostile-row.ts';
import { outside } from './outside.ts';

const one = (...layer: readonly EntrySpec[]) => ({ layers: [layer] });
const raw = (...blocks: readonly Uint8Array[]) => ({ layers: [rawTar(...blocks)] });

/** So many directories of one letter, and a file in the last one. */
const deepName = (depth: number): string => `${'d/'.repeat(depth - 1)}f`;

export const climbingName: HostileRow = {
  id: 'A1',
  title: 'a name climbs out of the root',
  structure: 'An entry whose name begins with “..”, plainly or behind “./” or “/”.',
  consequence:
    'The file lands beside the target and may overwrite anything the tool may write (kaniko CVE-2026-28406, Python CVE-2007-4559).',
  verdict: 'rejected',
  inputs: [
    { title: 'one step', build: () => one(file('../outside/file', 'gotcha')), expect: { error: 'NAME_ESCAPES' } },
    { title: 'behind "./"', build: () => one(file('./../../x')), expect: { error: 'NAME_ESCAPES' } },
    { title: 'behind "/"', build: () => one(file('/../outside/x')), expect: { error: 'NAME_ESCAPES' } },
    {
      title: 'a directory',
      build: () => one(directory('../outside/dir/', { mode: 0 })),
      expect: { error: 'NAME_ESCAPES' },
    },
    { title: '".." itself', build: () => one(directory('..', { mode: 0 })), expect: { error: 'NAME_ESCAPES' } },
    { title: 'a symbolic link', build: () => one(symlink('../outside/l', 'x')), expect: { error: 'NAME_ESCAPES' } },
    {
      title: 'in an upper layer',
      build: () => ({ layers: [[file('a')], [file('../outside/file')]] }),
      expect: { error: 'NAME_ESCAPES', says: /^layer 2 / },
    },
    {
      title: 'in a PAX path',
      build: () => raw(paxHeader({ path: '../outside/file' }), rawEntry({ name: 'harmless' })),
      expect: { error: 'NAME_ESCAPES' },
    },
  ],
};

export const climbingInside: HostileRow = {
  id: 'A2',
  title: 'a name has “..” in its middle',
  structure: 'An entry “a/../b”, where “a” may be a directory, missing, or a symbolic link.',
  consequence:
    'By text it is “b”, for the kernel it depends on what “a” is: two tools unpack two trees. No builder writes it.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'below a directory',
      build: () => one(directory('a/'), file('a/../b')),
      expect: { error: 'NAME_ESCAPES' },
    },
    {
      title: 'below a link that leads out',
      build: () => one(symlink('a', `${outside}/dir`), file('a/../file')),
      expect: { error: 'NAME_ESCAPES' },
    },
    { title: 'at the end', build: () => one(directory('a/b/..')), expect: { error: 'NAME_ESCAPES' } },
    {
      title: 'more steps up than down',
      build: () => one(file('a/../../outside/x')),
      expect: { error: 'NAME_ESCAPES' },
    },
  ],
};

export const absoluteName: HostileRow = {
  id: 'A3',
  title: 'a name is absolute',
  structure: 'An entry named “/etc/x”, as kaniko and others write them.',
  consequence: 'Taken literally it overwrites the host; refused, honest images cannot be unpacked.',
  verdict: 'resolved inside the root',
  inputs: [
    { title: 'a usual one', build: () => one(file('/etc/x', '1')), expect: { tree: [file('etc/x', '1')] } },
    { title: 'many slashes', build: () => one(file('///etc//.///x', '1')), expect: { tree: [file('etc/x', '1')] } },
    {
      title: 'the name of a file on the host',
      build: () => one(file(`${outside}/file`, '1')),
      expect: { tree: [file(`${outside.slice(1)}/file`, '1')] },
    },
  ],
};

export const rootEntry: HostileRow = {
  id: 'A4',
  title: 'an entry stands for the root itself',
  structure: 'A directory named “.”, “./” or “/”.',
  consequence:
    'Honest images have it; crane 0.21.8 refused them (go-containerregistry #2399), other tools lose its attributes.',
  verdict: 'kept',
  inputs: ['.', './', '/', './/.'].map((name) => ({
    title: JSON.stringify(name),
    build: () => one(directory(name, { mode: 0o1770, mtime: 5 }), file('f')),
    expect: { tree: [directory('.', { mode: 0o1770, mtime: 5 }), file('f')] },
  })),
};

export const rootOfAnotherKind: HostileRow = {
  id: 'A5',
  title: 'the entry for the root is not a directory',
  structure: 'A symbolic link, file or hard link named “.” or “/”.',
  consequence:
    'The root becomes a link, and every later layer is unpacked where it leads: onto the host (umoci CVE-2021-29136).',
  verdict: 'rejected',
  inputs: [
    {
      title: 'a symbolic link to the host',
      build: () => ({ layers: [[symlink('.', outside)], [file('file', 'gotcha')]] }),
      expect: { error: 'ROOT_NOT_DIRECTORY' },
    },
    { title: 'a file', build: () => one(file('/')), expect: { error: 'ROOT_NOT_DIRECTORY' } },
    { title: 'a hard link', build: () => one(file('a'), hardlink('./', 'a')), expect: { error: 'ROOT_NOT_DIRECTORY' } },
  ],
};

export const emptyName: HostileRow = {
  id: 'A6',
  title: 'a name is empty',
  structure: 'An entry without a name, in the header, in a PAX record or in a GNU long name.',
  consequence:
    'Joined to a directory it means the directory; links without names went past Python’s filter (cpython #149486).',
  verdict: 'rejected',
  inputs: [
    { title: 'in the header', build: () => raw(rawEntry({ name: '' })), expect: { error: 'NAME_EMPTY' } },
    {
      title: 'a symbolic link to the host',
      build: () => raw(rawEntry({ name: '', typeflag: '2', linkName: '/' })),
      expect: { error: 'NAME_EMPTY' },
    },
    {
      title: 'in a PAX record',
      build: () => raw(paxHeader({ path: '' }), rawEntry({ name: 'f' })),
      expect: { error: 'TAR_PAX_RECORD' },
    },
  ],
};

export const nulInName: HostileRow = {
  id: 'A7',
  title: 'a name holds a NUL byte',
  structure: 'A PAX path or link path with a NUL in it.',
  consequence: 'A check sees the whole name, the kernel what stands before the NUL (node-tar CVE-2026-59875).',
  verdict: 'rejected',
  inputs: [
    {
      title: 'in a path',
      build: () => raw(paxHeader({ path: 'etc/passwd\0.txt' }), rawEntry({ name: 'f' })),
      expect: { error: 'NAME_NUL' },
    },
    {
      title: 'in a hard link target',
      build: () =>
        raw(rawEntry({ name: 'a' }), paxHeader({ linkpath: 'a\0b' }), rawEntry({ name: 'h', typeflag: '1' })),
      expect: { error: 'NAME_NUL' },
    },
  ],
};

const loudName = '\x1b[2J\u202egpj.\nerror: all is well\r\x07';

export const loudNames: HostileRow = {
  id: 'A8',
  title: 'names hold control characters',
  structure: 'Newlines, terminal escapes and characters that turn the direction of text, in names and link texts.',
  consequence: 'Legal on Linux. Printed as they are, they forge log lines, hide names and command terminals.',
  verdict: 'kept',
  inputs: [
    {
      title: 'in names and link texts',
      build: () => one(file(loudName, '1'), symlink('l', loudName), hardlink(`h${loudName}`, loudName)),
      expect: { tree: [file(loudName, '1'), symlink('l', loudName), hardlink(`h${loudName}`, loudName)] },
    },
    {
      title: 'in an error',
      build: () => one(hardlink(loudName, `missing${loudName}`)),
      expect: { error: 'LINK_TARGET_MISSING', says: /"\\x1b\[2J\\u\{202e\}gpj\.\\nerror: all is well\\r\\x07"/ },
    },
  ],
};

export const bytesThatAreNoText: HostileRow = {
  id: 'A9',
  title: 'names are no valid UTF-8',
  structure: 'Two names that differ only in bytes which are no UTF-8, and one that is a replacement character.',
  consequence: 'Decoded to text, all three are the same name, and one file overwrites the others.',
  verdict: 'kept',
  inputs: [
    {
      title: 'three names',
      build: () => one(file('\udcff', '1'), file('\udcfe', '2'), file('\ufffd', '3'), symlink('l', '\udcff')),
      expect: { tree: [file('\udcff', '1'), file('\udcfe', '2'), file('\ufffd', '3'), symlink('l', '\udcff')] },
    },
    {
      title: 'a hard link to one of them',
      build: () => one(file('\udcff', '1'), file('\udcfe', '2'), hardlink('h', '\udcfe')),
      expect: { tree: [file('\udcff', '1'), file('\udcfe', '2'), hardlink('h', '\udcfe')] },
    },
  ],
};

export const longComponent: HostileRow = {
  id: 'A10',
  title: 'a component is longer than any file system holds',
  structure: 'A component of 256 bytes, as a name, a parent, a link target or what a whiteout removes.',
  consequence: 'Found only when the file is created, with half of the image on disk.',
  verdict: 'rejected',
  inputs: [
    { title: 'a name', build: () => one(file('n'.repeat(256))), expect: { error: 'NAME_TOO_LONG' } },
    { title: 'a parent', build: () => one(file(`${'n'.repeat(256)}/f`)), expect: { error: 'NAME_TOO_LONG' } },
    { title: 'a link target', build: () => one(hardlink('h', 'n'.repeat(256))), expect: { error: 'NAME_TOO_LONG' } },
    { title: '255 bytes', build: () => one(file('n'.repeat(255))), expect: { tree: [file('n'.repeat(255))] } },
  ],
};

/** Each layer-mate link leads to the directory that the link before it led to, and one deeper directory is made there. */
function stackedLinks(levels: number): EntrySpec[] {
  const step = 'd/'.repeat(200).slice(0, -1);
  const entries: EntrySpec[] = [];
  for (let level = 0; level < levels; level++) {
    const base = level === 0 ? '' : `l${level - 1}/`;
    entries.push(directory(`${base}${step}/`), symlink(`l${level}`, `${base}${step}`));
  }
  return entries;
}

export const deepTree: HostileRow = {
  id: 'A11',
  title: 'a tree is deeper than tools can handle',
  structure: 'A name of very many components, or links of one layer that lead ever deeper.',
  consequence:
    'Recursion ends in a crash; what was made has paths longer than PATH_MAX, and tools cannot even remove it (node-tar CVE-2024-28863, Python CVE-2025-4517).',
  verdict: 'limited',
  inputs: [
    {
      title: 'as many levels as the limit',
      build: () => one(file(deepName(60), '1')),
      limits: { maxDepth: 60 },
      expect: { tree: [file(deepName(60), '1')] },
    },
    {
      title: '1025 levels',
      build: () => one(file(deepName(1025))),
      expect: { error: 'LIMIT_EXCEEDED', says: /more than 1024 path components[^]*--max-depth/ },
    },
    {
      title: '100 000 levels',
      build: () => one(file(deepName(100_000))),
      expect: { error: 'LIMIT_EXCEEDED', says: /--max-depth/ },
    },
    {
      title: 'a lower limit',
      build: () => one(file('a/b/c/d')),
      limits: { maxDepth: 3 },
      expect: { error: 'LIMIT_EXCEEDED', says: /more than 3 path components[^]*--max-depth/ },
    },
    {
      title: 'links that lead ever deeper',
      build: () => one(...stackedLinks(8)),
      expect: { error: 'LIMIT_EXCEEDED', says: /--max-depth/ },
    },
    {
      title: 'a file through a link at the lowest level',
      build: () => one(directory('a/b/c/'), symlink('l', 'a/b/c'), file('l/f')),
      limits: { maxDepth: 3 },
      expect: { error: 'LIMIT_EXCEEDED', says: /--max-depth/ },
    },
    {
      title: 'a directory through a link at the lowest level',
      build: () => one(directory('a/b/c/'), symlink('l', 'a/b/c'), directory('l/d')),
      limits: { maxDepth: 3 },
      expect: { error: 'LIMIT_EXCEEDED', says: /--max-depth/ },
    },
    {
      title: 'a hard link through a link at the lowest level',
      build: () => one(file('f'), directory('a/b/c/'), symlink('l', 'a/b/c'), hardlink('l/h', 'f')),
      limits: { maxDepth: 3 },
      expect: { error: 'LIMIT_EXCEEDED', says: /--max-depth/ },
    },
  ],
  alsoTested: 'A tree of 1024 levels with paths longer than PATH_MAX is unpacked, exported and removed again.',
};

export const sameNameTwice: HostileRow = {
  id: 'A12',
  title: 'a layer names one path twice',
  structure: 'The same name again, plainly or as “./a”, “/a” or “a/”.',
  consequence:
    'The OCI specification forbids it; some tools take the first, some the last, some refuse. What was scanned is not what runs.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'two files',
      build: () => one(file('a', '1'), file('a', '2')),
      expect: { tree: [file('a', '2')] },
      notes: ['DUPLICATE_ENTRY'],
    },
    {
      title: 'aliases of one name',
      build: () => one(file('a', '1'), file('./a', '2'), file('/a', '3'), file('.//a', '4')),
      expect: { tree: [file('a', '4')] },
      notes: ['DUPLICATE_ENTRY'],
    },
    {
      title: 'a link to the host, then a file',
      build: () => one(symlink('a', `${outside}/file`), file('a', '2')),
      expect: { tree: [file('a', '2')] },
      notes: ['DUPLICATE_ENTRY'],
    },
    {
      title: 'a directory with content, then a file',
      build: () => one(file('a/b'), directory('a/'), file('a', '2')),
      expect: { tree: [file('a', '2')] },
      notes: ['DUPLICATE_ENTRY'],
    },
  ],
};

export const namesThatFold: HostileRow = {
  id: 'A13',
  title: 'names are equal once case or Unicode form is folded',
  structure: 'A symbolic link “Link” and a file “link”; one name in composed and in decomposed form.',
  consequence: 'On a file system that folds names, the second goes through the first (node-tar CVE-2026-23950).',
  verdict: 'kept',
  inputs: [
    {
      title: 'a link and a directory',
      build: () => one(symlink('Link', outside), file('link/file', '1')),
      expect: { tree: [symlink('Link', outside), file('link/file', '1')] },
    },
    {
      title: 'two forms of one letter',
      build: () => one(file('\u00e9', '1'), file('e\u0301', '2')),
      expect: { tree: [file('\u00e9', '1'), file('e\u0301', '2')] },
    },
  ],
};

export const windowsNames: HostileRow = {
  id: 'A14',
  title: 'names mean something on Windows',
  structure: 'Backslashes, drive letters and device names.',
  consequence:
    'Tools that run on Windows too let “C:../x” escape (node-tar CVE-2026-29786, CVE-2026-31802); others split at the backslash.',
  verdict: 'kept',
  inputs: [
    {
      title: 'six names',
      build: () => one(...['..\\x', 'C:x', 'C:..', 'a\\b', 'CON', '\\\\host\\share'].map((name) => file(name, name))),
      expect: { tree: ['..\\x', 'C:x', 'C:..', 'a\\b', 'CON', '\\\\host\\share'].map((name) => file(name, name)) },
    },
  ],
};

export const fileAsParent: HostileRow = {
  id: 'A15',
  title: 'a file is a parent of a later entry',
  structure: 'A file “a”, then an entry “a/b”, in one layer or in two.',
  consequence: 'Extraction stops half-way, or the content goes to a wrong place.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'in one layer',
      build: () => one(file('a', '1'), file('a/b', '2')),
      expect: { tree: [file('a/b', '2')] },
      notes: ['CONFLICT_PARENT_REPLACED'],
    },
    {
      title: 'in two layers',
      build: () => ({ layers: [[file('a', '1'), hardlink('h', 'a')], [file('a/b', '2')]] }),
      expect: { tree: [file('h', '1'), file('a/b', '2')] },
      notes: ['CONFLICT_PARENT_REPLACED'],
    },
  ],
};

export const missingParents: HostileRow = {
  id: 'A16',
  title: 'the parents of an entry are missing',
  structure: 'An entry “a/b/c” and nothing about “a” and “a/b”.',
  consequence: 'Common. Tools refuse it (go-archive #92) or give the parents whatever the umask leaves.',
  verdict: 'kept',
  inputs: [
    {
      title: 'two parents',
      build: () => one(file('a/b/c', '1')),
      expect: { tree: [directory('a', { mtime: 0 }), directory('a/b', { mtime: 0 }), file('a/b/c', '1')] },
    },
  ],
};

export const fileThatEndsInSlash: HostileRow = {
  id: 'A17',
  title: 'a regular file has a name that ends in “/”',
  structure: 'Type NUL (a directory of the oldest archives), “0” or “7” with a name such as “d/”.',
  consequence: 'For some readers it is a directory, for others a file, and a body may be read as entries.',
  verdict: 'neutralised and noted',
  inputs: [
    {
      title: 'type NUL',
      build: () => raw(rawEntry({ name: 'd/', typeflag: 0, mode: 0o755 }), rawEntry({ name: 'd/f', body: '1' })),
      expect: { tree: [directory('d'), file('d/f', '1')] },
    },
    ...['0', '7'].map((typeflag) => ({
      title: `type ${typeflag}`,
      build: () => raw(rawEntry({ name: 'd/', typeflag, body: '1' })),
      expect: { tree: [file('d', '1')] },
      notes: ['DIRECTORY_NAME_AS_FILE' as const],
    })),
  ],
};

/** B: symbolic links and parents. */
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
/** Where an absolute path of the host is inside the root. */
const inside = (path: string): string => path.slice(1);

export const linkToTheHost: HostileRow = {
  id: 'B1',
  title: 'an entry stands below a symbolic link that leads to the host',
  structure:
    'A symbolic link to a directory of the host, then a file below the link, in the same layer or in a later one.',
  consequence:
    'The file is written on the host (Docker CVE-2014-6407, go-archive CVE-2026-17106, apko CVE-2026-42574, and many more).',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'absolute, same layer',
      build: () => one(symlink('l', outside), file('l/file', 'gotcha')),
      expect: { tree: [symlink('l', outside), file(inside(`${outside}/file`), 'gotcha')] },
    },
    {
      title: 'absolute, later layer',
      build: () => ({ layers: [[symlink('l', outside)], [file('l/file', 'gotcha')]] }),
      expect: { tree: [file('l/file', 'gotcha')] },
      notes: ['CONFLICT_PARENT_REPLACED'],
    },
    {
      title: 'relative, same layer',
      build: () => one(symlink('a/l', '../../outside'), file('a/l/file', 'gotcha')),
      expect: { tree: [symlink('a/l', '../../outside'), file('outside/file', 'gotcha')] },
    },
    {
      title: 'relative, later layer',
      build: () => ({ layers: [[symlink('l', '../outside')], [file('l/dir/file', 'gotcha')]] }),
      expect: { tree: [file('l/dir/file', 'gotcha')] },
      notes: ['CONFLICT_PARENT_REPLACED'],
    },
    {
      title: 'a hard link to a symbolic link',
      build: () => one(symlink('l', outside), hardlink('h', 'l'), file('h/file', 'gotcha')),
      expect: { tree: [symlink('l', outside), hardlink('h', 'l'), file(inside(`${outside}/file`), 'gotcha')] },
    },
    {
      title: 'directories, links and hard links below it',
      build: () =>
        one(
          symlink('l', outside),
          directory('l/dir/', { mode: 0o777 }),
          symlink('l/link', 'gotcha'),
          file('own'),
          hardlink('l/other-name-of-file', 'own'),
        ),
      expect: {
        tree: [
          symlink('l', outside),
          directory(inside(`${outside}/dir`), { mode: 0o777 }),
          symlink(inside(`${outside}/link`), 'gotcha'),
          file('own'),
          hardlink(inside(`${outside}/other-name-of-file`), 'own'),
        ],
      },
    },
  ],
};

export const usefulLink: HostileRow = {
  id: 'B2',
  title: 'an entry stands below a symbolic link that honest images have',
  structure: '“var/run” is a link to “/run” (or “bin” to “usr/bin”), and the layer has “var/run/x”.',
  consequence: 'Refusing it breaks real images (go-archive #93, BuildKit 22ea4efb4).',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'an absolute one',
      build: () => one(directory('run/'), symlink('var/run', '/run'), file('var/run/x', '1')),
      expect: { tree: [directory('run'), symlink('var/run', '/run'), file('run/x', '1')] },
    },
    {
      title: 'a relative one',
      build: () => one(directory('usr/bin/'), symlink('bin', 'usr/bin'), file('bin/sh', '1')),
      expect: { tree: [directory('usr/bin'), symlink('bin', 'usr/bin'), file('usr/bin/sh', '1')] },
    },
  ],
};

export const linksThatEscapeTogether: HostileRow = {
  id: 'B3',
  title: 'links escape only in combination',
  structure: 'Several relative links, each of which stays inside when its text is looked at alone.',
  consequence: 'Every check of one link’s text passes, and the chain leads out (node-tar CVE-2026-26960).',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'three links',
      build: () => one(symlink('a', '.'), symlink('b', 'a/..'), symlink('c', 'b/../outside'), file('c/file', '1')),
      expect: {
        tree: [symlink('a', '.'), symlink('b', 'a/..'), symlink('c', 'b/../outside'), file('outside/file', '1')],
      },
    },
    {
      title: 'a link whose depth another link changes',
      build: () => one(symlink('x/y/l', '/'), symlink('e', 'x/y/l/../../outside'), file('e/file', '1')),
      expect: { tree: [symlink('x/y/l', '/'), symlink('e', 'x/y/l/../../outside'), file('outside/file', '1')] },
    },
  ],
};

const chain = (length: number): EntrySpec[] =>
  Array.from({ length }, (_, index) => symlink(`l${index}`, index === 0 ? 'end' : `l${index - 1}`));

export const linksInACircle: HostileRow = {
  id: 'B4',
  title: 'links lead in a circle, or through too many others',
  structure: 'Two links to each other, a link to itself, a chain of more than forty, as parents of an entry.',
  consequence: 'Resolving them never ends.',
  verdict: 'rejected',
  inputs: [
    {
      title: 'two links to each other',
      build: () => one(symlink('a', 'b'), symlink('b', 'a'), file('a/f')),
      expect: { error: 'SYMLINK_LOOP' },
    },
    { title: 'a link to itself', build: () => one(symlink('a', 'a'), file('a/f')), expect: { error: 'SYMLINK_LOOP' } },
    {
      title: 'a link that grows',
      build: () => one(symlink('a', 'a/a'), hardlink('h', 'a/f')),
      expect: { error: 'SYMLINK_LOOP' },
    },
    { title: 'a chain of 41', build: () => one(...chain(41), file('l40/f')), expect: { error: 'SYMLINK_LOOP' } },
    {
      title: 'a chain of 40',
      build: () => one(...chain(40), file('l39/f', '1')),
      expect: { tree: [...chain(40), file('end/f', '1')] },
    },
    {
      title: 'a circle that nothing goes through',
      build: () => one(symlink('a', 'b'), symlink('b', 'a')),
      expect: { tree: [symlink('a', 'b'), symlink('b', 'a')] },
    },
  ],
};

export const danglingParent: HostileRow = {
  id: 'B5',
  title: 'a parent is a symbolic link to nothing',
  structure: 'A link whose target does not exist, then an entry below the link in the same layer.',
  consequence: 'Some tools make the target, on the host if it leads there, and some fail half-way.',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'a relative one',
      build: () => one(symlink('l', 'nowhere/deep'), file('l/f', '1')),
      expect: { tree: [symlink('l', 'nowhere/deep'), file('nowhere/deep/f', '1')] },
    },
    {
      title: 'one that would dangle on the host',
      build: () => one(symlink('l', `${outside}/missing`), file('l/f', '1')),
      expect: { tree: [symlink('l', `${outside}/missing`), file(inside(`${outside}/missing/f`), '1')] },
    },
  ],
};

export const fileOverLink: HostileRow = {
  id: 'B6',
  title: 'a file takes the name of a symbolic link',
  structure: 'A link to a file of the host, then a file (empty or not) or hard link of that name.',
  consequence: 'Opened for writing, the link leads the content to the host (node-tar #456).',
  verdict: 'kept',
  inputs: [
    {
      title: 'in two layers',
      build: () => ({ layers: [[symlink('f', `${outside}/file`)], [file('f', 'gotcha')]] }),
      expect: { tree: [file('f', 'gotcha')] },
    },
    {
      title: 'an empty file in the same layer',
      build: () => one(symlink('f', `${outside}/file`), file('f')),
      expect: { tree: [file('f')] },
      notes: ['DUPLICATE_ENTRY'],
    },
    {
      title: 'a hard link in a later layer',
      build: () => ({ layers: [[symlink('f', `${outside}/file`), file('g', '1')], [hardlink('f', 'g')]] }),
      expect: { tree: [file('g', '1'), hardlink('f', 'g')] },
    },
  ],
};

export const directoryOverLink: HostileRow = {
  id: 'B7',
  title: 'a directory takes the name of a symbolic link to a directory',
  structure: 'A link to a directory of the host, then a directory entry of that name with other attributes.',
  consequence:
    'The directory “is there already”, and the host’s gets mode, owner and time (tar-rs CVE-2026-33056, containerd CVE-2021-32760).',
  verdict: 'kept',
  inputs: [
    {
      title: 'in two layers',
      build: () => ({ layers: [[symlink('d', `${outside}/dir`)], [directory('d/', { mode: 0o777, mtime: 1 })]] }),
      expect: { tree: [directory('d', { mode: 0o777, mtime: 1 })] },
    },
    {
      title: 'in one layer',
      build: () => one(symlink('d', `${outside}/dir`), directory('d/', { mode: 0o777, mtime: 1 }), file('d/file')),
      expect: { tree: [directory('d', { mode: 0o777, mtime: 1 }), file('d/file')] },
      notes: ['DUPLICATE_ENTRY'],
    },
  ],
};

export const linkOverDirectory: HostileRow = {
  id: 'B8',
  title: 'a directory becomes a symbolic link before its attributes are set',
  structure: 'A directory with a mode and a time, content in it, then a link to the host of the same name.',
  consequence: 'Attributes that are set at the end, by path, go to the host (Python CVE-2024-12718).',
  verdict: 'kept',
  inputs: [
    {
      title: 'in one layer',
      build: () => one(directory('d/', { mode: 0o777, mtime: 1 }), file('d/file'), symlink('d', `${outside}/dir`)),
      expect: { tree: [symlink('d', `${outside}/dir`)] },
      notes: ['DUPLICATE_ENTRY'],
    },
    {
      title: 'in two layers',
      build: () => ({
        layers: [[directory('d/', { mode: 0o777, mtime: 1 }), file('d/file')], [symlink('d', `${outside}/dir`)]],
      }),
      expect: { tree: [symlink('d', `${outside}/dir`)] },
    },
  ],
};

export const trailingSlash: HostileRow = {
  id: 'B9',
  title: 'a path ends in “/”',
  structure: 'Links, hard link targets and directories over links, all written with a slash at the end.',
  consequence: 'With a slash at the end the kernel follows a link although it was told not to (Go CVE-2026-39822).',
  verdict: 'kept',
  inputs: [
    {
      title: 'a link and a hard link to it',
      build: () => one(symlink('l/', outside), hardlink('h/', 'l/')),
      expect: { tree: [symlink('l', outside), hardlink('h', 'l')] },
    },
    {
      title: 'a directory over a link',
      build: () => ({ layers: [[symlink('l', `${outside}/dir`)], [directory('l//', { mode: 0o777 })]] }),
      expect: { tree: [directory('l', { mode: 0o777 })] },
    },
  ],
};

/** Fifteen long directories, each with a short link beside it, and at their end a link back to the root. */
function longDetour(): { entries: EntrySpec[]; short: string; name: string } {
  const long = 'd'.repeat(247);
  const name = 'l'.repeat(200);
  const entries: EntrySpec[] = [];
  let path = '';
  for (const letter of 'abcdefghijklmno') {
    entries.push(directory(`${path}${long}`), symlink(`${path}${letter}`, long));
    path += `${long}/`;
  }
  entries.push(symlink(`${path}${name}`, '../'.repeat(15)));
  return { entries, short: 'a/b/c/d/e/f/g/h/i/j/k/l/m/n/o', name };
}

export const pathTooLongToResolve: HostileRow = {
  id: 'B10',
  title: 'a path is too long to be resolved at once',
  structure:
    'Short links to long directory names, so that the resolved path is near PATH_MAX, and a link up at its end.',
  consequence:
    'realpath() gives up in the middle without saying so, and the rest is taken for harmless (Python CVE-2025-4517).',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'a way out behind it',
      build: () => {
        const { entries, short, name } = longDetour();
        return one(...entries, symlink('escape', `${short}/${name}/../outside`), file('escape/file', 'gotcha'));
      },
      expect: {
        tree: [
          ...longDetour().entries,
          symlink('escape', `${longDetour().short}/${longDetour().name}/../outside`),
          file('outside/file', 'gotcha'),
        ],
      },
    },
  ],
};

const looks = ['/etc/passwd', '../../../../etc/shadow', '..', '/', outside, 'a//b/./c/', '/proc/self/root', ' '];

export const linkText: HostileRow = {
  id: 'B11',
  title: 'the text of a link looks dangerous',
  structure: 'Absolute texts, surplus “..”, doubled slashes; nothing goes through the links.',
  consequence:
    'Harmless. Dropping or rewriting such links breaks most Debian images (go-containerregistry #2227, #2238).',
  verdict: 'kept',
  inputs: [
    {
      title: 'eight texts',
      build: () => one(...looks.map((text, index) => symlink(`l${index}`, text))),
      expect: { tree: looks.map((text, index) => symlink(`l${index}`, text)) },
    },
  ],
};

export const impossibleLinkText: HostileRow = {
  id: 'B12',
  title: 'the text of a link is none that Linux can hold',
  structure: 'An empty text, one of more than 4095 bytes, one with a NUL.',
  consequence: 'Found only when the link is created; or the part before the NUL is taken.',
  verdict: 'rejected',
  inputs: [
    { title: 'empty', build: () => one(symlink('l', '')), expect: { error: 'LINK_TEXT_INVALID' } },
    { title: '4096 bytes', build: () => one(symlink('l', 'x'.repeat(4096))), expect: { error: 'LINK_TEXT_INVALID' } },
    {
      title: 'a NUL',
      build: () => raw(paxHeader({ linkpath: 'a\0b' }), rawEntry({ name: 'l', typeflag: '2' })),
      expect: { error: 'LINK_TEXT_INVALID' },
    },
    { title: 'an empty hard link target', build: () => one(hardlink('h', '')), expect: { error: 'LINK_TEXT_INVALID' } },
    {
      title: '4095 bytes',
      build: () => one(symlink('l', 'x/'.repeat(2047) + 'x')),
      expect: { tree: [symlink('l', 'x/'.repeat(2047) + 'x')] },
    },
  ],
};

export const magicLinks: HostileRow = {
  id: 'B13',
  title: 'a link goes through /proc',
  structure: 'Links to “/proc/self/cwd”, “/proc/self/root” and “/proc/self/fd/3”, with entries below them.',
  consequence: 'The kernel’s own links jump anywhere, also out of a chroot.',
  verdict: 'resolved inside the root',
  inputs: [
    {
      title: 'the working directory',
      build: () => one(symlink('l', '/proc/self/cwd'), file('l/file', 'gotcha')),
      expect: { tree: [symlink('l', '/proc/self/cwd'), file('proc/self/cwd/file', 'gotcha')] },
    },
    {
      title: 'the root',
      build: () => one(symlink('l', `/proc/self/root${outside}`), file('l/file', 'gotcha')),
      expect: {
        tree: [symlink('l', `/proc/self/root${outside}`), file(`proc/self/root${outside}/file`, 'gotcha')],
      },
    },
  ],
};

export const targetIsALink: HostileRow = {
  id: 'B14',
  title: 'the target itself is a symbolic link',
  structure: 'The directory to unpack into is a link to another directory, or to nothing.',
  consequence:
    'What was meant is unclear, and whoever may change the link chooses where the files go (tar-fs CVE-2025-59343).',
  verdict: 'rejected',
  inputs: [],
  alsoTested: 'A target that is a link, to a directory or to nothing, is refused with `TARGET_OCCUPIED`.',
};

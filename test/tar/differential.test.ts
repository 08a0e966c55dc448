import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import type { ByteString } from '../../src/base/index.ts';
import { encodeTarEntry, endOfArchive, type TarEntry, tarPadding } from '../../src/tar/index.ts';
import { entryWith, storedBytes } from './any-entry.ts';
import { needs, output, peers, type PythonMember, readWithPython, run, scratch, writeArchives } from './peers.ts';
import { contentOf, readArchive, type ReadFile } from './read-archive.ts';

const byteString = (text: string) => text as ByteString;
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Entries under names that no program normalises or takes for the same. */
const entries: readonly TarEntry[] = fc.sample(entryWith(3000), { numRuns: 250, seed: 20 }).map((entry, index) => {
  const parts = entry.name.split('/').filter((part) => part !== '' && part !== '.' && part !== '..');
  return { ...entry, name: byteString([`e${index}`, ...parts].join('/') + (entry.kind === 'directory' ? '/' : '')) };
});

function write(list: readonly TarEntry[]): Buffer {
  const parts = list.flatMap((entry, index) => {
    const stored = storedBytes(entry, index);
    return [encodeTarEntry(entry), stored, Buffer.alloc(tarPadding(stored.length))];
  });
  return Buffer.concat([...parts, endOfArchive]);
}

/** bsdtar 3.6 takes -1.5 for -0.5. */
const withoutNegativeFractions = entries.filter(({ mtime }) => mtime.seconds >= 0 || mtime.nanoseconds === 0);

const written = write(entries);
const readBack = readArchive(written).files;

void describe('archives that Holdfast writes', () => {
  void test('are listed by GNU tar as they were meant', { skip: needs('gnu') }, () => {
    using directory = scratch();
    const [path = ''] = writeArchives(directory.path, [written]);
    const listed = output(peers.gnu, ['-P', '--quoting-style=escape', '--full-time', '--numeric-owner', '-tvf', path]);
    const lines = listed.toString('latin1').split('\n').slice(0, -1);
    assert.equal(lines.length, entries.length);
    for (const [index, entry] of entries.entries()) assert.equal(tidy(lines[index] ?? '', entry), gnuLine(entry));
  });

  void test(
    'give GNU tar and bsdtar the same bytes of every file, holes included',
    { skip: needs('gnu', 'bsdtar') },
    () => {
      using directory = scratch();
      const [path = ''] = writeArchives(directory.path, [written]);
      const expected = readBack.filter(({ entry }) => entry.kind === 'file').map(contentOf);
      assert.equal(sha256(output(peers.gnu, ['-P', '-xOf', path])), sha256(Buffer.concat(expected)));
      // bsdtar 3.6 leaves out holes when it extracts to stdout.
      const dense = entries.filter(({ kind, sparse }) => kind === 'file' && sparse === undefined);
      const [densePath = ''] = writeArchives(directory.path, [write(dense)]);
      const denseBytes = Buffer.concat(dense.map((entry, index) => storedBytes(entry, index)));
      assert.equal(sha256(output(peers.bsdtar, ['-P', '-xOf', densePath])), sha256(denseBytes));
    },
  );

  void test('unpack to the same sparse files with GNU tar and bsdtar', { skip: needs('gnu', 'bsdtar') }, () => {
    const sparse = readBack.filter(({ entry }) => entry.sparse !== undefined).slice(0, 20);
    assert.ok(sparse.length >= 10);
    const parts = sparse.flatMap(({ entry, data }, index) => [
      encodeTarEntry({ ...plain, name: byteString(`s${index}`), size: entry.size, sparse: entry.sparse }),
      ...data.map(({ bytes }) => bytes),
      Buffer.alloc(tarPadding(entry.storedSize)),
    ]);
    for (const program of [peers.gnu, peers.bsdtar]) {
      using directory = scratch();
      const [path = ''] = writeArchives(directory.path, [Buffer.concat([...parts, endOfArchive])]);
      output(program, ['--no-same-owner', '-xf', path], directory.path);
      for (const [index, file] of sparse.entries()) {
        assert.equal(sha256(readFileSync(join(directory.path, `s${index}`))), sha256(contentOf(file)), program);
      }
    }
  });

  void test('are read by bsdtar as they were meant', { skip: needs('bsdtar') }, () => {
    using directory = scratch();
    const [path = ''] = writeArchives(directory.path, [write(withoutNegativeFractions)]);
    const keywords = ['type', 'mode', 'uid', 'gid', 'size', 'time', 'link', 'device'].map((word) => `mtree:${word}`);
    const options = `--options=mtree:!all,${keywords.join(',')}`;
    const listed = output(peers.bsdtar, ['-P', '-cf', '-', '--format=mtree', options, `@${path}`]);
    const lines = listed.toString('latin1').split('\n').slice(1, -1);
    assert.deepEqual(lines.map(sortWords).sort(), withoutNegativeFractions.map(mtreeLine).sort());
  });

  void test('are read by Python as they were meant', { skip: needs('python') }, () => {
    using directory = scratch();
    const members = readWithPython(writeArchives(directory.path, [written]))[0] ?? [];
    assert.equal(members.length, entries.length);
    for (const [index, file] of readBack.entries()) checkPythonMember(members[index], file);
  });

  void test('give GNU tar and bsdtar their xattrs back', { skip: needs('gnu', 'bsdtar', 'python') }, (t) => {
    using directory = scratch();
    const values: [string, Uint8Array][] = [
      ['user.binary', Buffer.of(0, 10, 61, 255)],
      ['user.empty', Buffer.alloc(0)],
      ['user.50%', Buffer.from('x')],
    ];
    const file: TarEntry = { ...plain, name: byteString('f') };
    const xattrs = new Map(values.map(([name, value]) => [byteString(name), value]));
    const [path = ''] = writeArchives(directory.path, [write([{ ...file, xattrs }])]);
    const expected = Object.fromEntries(values.map(([name, value]) => [name, Buffer.from(value).toString('hex')]));
    for (const [program, flags] of [
      [peers.gnu, ['--xattrs', '--xattrs-include=*', '-xf']],
      [peers.bsdtar, ['--xattrs', '-xf']],
    ] as const) {
      const { stderr } = run(program, [...flags, path], directory.path);
      if (/not supported/i.test(stderr)) return t.skip('needs a file system with user xattrs');
      assert.deepEqual(xattrsOf(join(directory.path, 'f')), expected, program);
    }
  });
});

const plain: TarEntry = {
  name: byteString('f'),
  kind: 'file',
  linkName: byteString(''),
  mode: 0o644,
  uid: 0,
  gid: 0,
  mtime: { seconds: 0, nanoseconds: 0 },
  size: 0,
  xattrs: undefined,
  deviceMajor: 0,
  deviceMinor: 0,
  sparse: undefined,
};

function checkPythonMember(member: PythonMember | undefined, file: ReadFile): void {
  assert.ok(member);
  const { entry } = file;
  const { mtime, sha256: hash, type: _type, ...facts } = member;
  assert.deepEqual(facts, {
    name: entry.name.replace(/\/+$/, ''),
    mode: entry.mode,
    uid: entry.uid,
    gid: entry.gid,
    size: entry.size,
    // Python cuts the slashes off a PAX linkpath.
    link: entry.linkName.length > 100 ? entry.linkName.replace(/\/+$/, '') : entry.linkName,
    major: entry.deviceMajor,
    minor: entry.deviceMinor,
  });
  const seconds = entry.mtime.seconds + entry.mtime.nanoseconds / 1e9;
  assert.ok(Math.abs(mtime - seconds) <= Math.abs(seconds) * 1e-12 + 1e-6);
  if (entry.kind === 'file') assert.equal(hash, sha256(contentOf(file)));
}

function xattrsOf(path: string): unknown {
  const script =
    'import json,os,sys; p=sys.argv[1]; print(json.dumps({n: os.getxattr(p,n).hex() for n in os.listxattr(p) if n.startswith("user.")}))';
  return JSON.parse(output(peers.python, ['-c', script, path]).toString());
}

const letters = { file: '-', directory: 'd', symlink: 'l', hardlink: 'h', char: 'c', block: 'b', fifo: 'p' } as const;

/** The line of `tar -tv --full-time` without its alignment. */
function gnuLine(entry: TarEntry): string {
  const isDevice = entry.kind === 'char' || entry.kind === 'block';
  const size = isDevice ? `${entry.deviceMajor},${entry.deviceMinor}` : String(entry.size);
  const arrow = { symlink: ' -> ', hardlink: ' link to ' } as Partial<Record<string, string>>;
  const link = arrow[entry.kind] === undefined ? '' : `${arrow[entry.kind]}${gnuEscape(entry.linkName)}`;
  const owner = `${entry.uid}/${entry.gid}`;
  return `${letters[entry.kind]}${modeLetters(entry.mode)} ${owner} ${size} ${gnuTime(entry)} ${gnuEscape(entry.name)}${link}`;
}

/** Takes out the alignment, and the time where GNU tar's listing of it is wrong or not a date. */
function tidy(line: string, entry: TarEntry): string {
  const match = /^(\S+) (\S+) +(\S+) (\S+(?: \d\d:\S+)?) +(e\d+.*)$/s.exec(line);
  const [, mode, owner, size, time, rest] = match ?? [];
  return [mode, owner, size, gnuTime(entry) === '' ? '' : time, rest].join(' ');
}

function gnuTime({ mtime }: TarEntry): string {
  if (mtime.seconds < 0 || mtime.seconds > 200_000_000_000) return '';
  const date = new Date(mtime.seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');
  return mtime.nanoseconds === 0 ? date : `${date}.${String(mtime.nanoseconds).padStart(9, '0').replace(/0+$/, '')}`;
}

function modeLetters(mode: number): string {
  const group = (shift: number, special: number, letter: string) => {
    const bits = (mode >> shift) & 7;
    const execute = (bits & 1) === 0 ? (mode & special ? letter.toUpperCase() : '-') : mode & special ? letter : 'x';
    return (bits & 4 ? 'r' : '-') + (bits & 2 ? 'w' : '-') + execute;
  };
  return group(6, 0o4000, 's') + group(3, 0o2000, 's') + group(0, 0o1000, 't');
}

const gnuEscapes: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '\\': '\\\\',
};

function gnuEscape(text: string): string {
  const octal = (character: string) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`;
  return text.replace(/[\x00-\x1f\x7f-\xff\\]/g, (character) => gnuEscapes[character] ?? octal(character));
}

/** The facts of an mtree line, in a fixed order; hard links look like files there. */
function mtreeLine(entry: TarEntry): string {
  const { mtime } = entry;
  const isDevice = entry.kind === 'char' || entry.kind === 'block';
  const kind = { directory: 'dir', symlink: 'link', hardlink: 'file' } as Partial<Record<string, string>>;
  return sortWords(
    [
      `./${mtreeEscape(entry.name.replace(/\/$/, ''))}`,
      `time=${mtime.seconds}.${mtime.nanoseconds}`,
      `mode=${entry.mode.toString(8)}`,
      `gid=${entry.gid}`,
      `uid=${entry.uid}`,
      `type=${kind[entry.kind] ?? entry.kind}`,
      ...(entry.kind === 'symlink' ? [`link=${mtreeEscape(entry.linkName)}`] : []),
      ...(isDevice ? [`device=native,${entry.deviceMajor},${entry.deviceMinor}`] : []),
      ...(entry.kind === 'file' || entry.kind === 'hardlink' ? [`size=${entry.size}`] : []),
    ].join(' '),
  );
}

function sortWords(line: string): string {
  return line.split(' ').sort().join(' ');
}

function mtreeEscape(text: string): string {
  return text.replace(/[^!-"$-<>-[\]-~]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

const longName = `${'d'.repeat(60)}/${'n'.repeat(120)}`;

/** A tree of what can be made with the privileges at hand. */
function makeTree(root: string, without: Maker['without']): void {
  const at = (name: string) => join(root, name);
  mkdirSync(at('d'));
  writeFileSync(at('d/file'), 'hello'.repeat(300));
  writeFileSync(at('empty'), '');
  linkSync(at('d/file'), at('d/hard'));
  symlinkSync('d/file', at('soft'));
  output('touch', ['-d', '@1700000000.123456789', at('d/file'), at('empty')]);
  output('touch', ['-h', '-d', '@1600000000', at('soft')]);
  output('chmod', ['4711', at('d/file')]);
  const isRoot = process.getuid?.() === 0;
  if (without !== 'special') {
    output('mkfifo', [at('fifo')]);
    if (isRoot) output('mknod', [at('null'), 'c', '1', '3']);
  }
  if (without === undefined) {
    if (isRoot) output('chown', ['3000000:4294967294', at('empty')]);
    mkdirSync(join(at(longName), '..'), { recursive: true });
    writeFileSync(at(longName), 'long');
    symlinkSync('t'.repeat(150), at('longlink'));
    writeFileSync(at('umlaut-\xfc'), 'x');
  }
  output('touch', ['-d', '@1500000000', at('d')]);
}

interface Facts {
  readonly name: string;
  readonly facts: string;
}

/** What GNU find says of the tree, by its own walk. */
function treeFacts(root: string, wholeSeconds: boolean): readonly Facts[] {
  const format = String.raw`%P\0%y %m %U %G %T@ %s %l\0`;
  const words = output('find', ['.', '-mindepth', '1', '-printf', format], root).toString('latin1').split('\0');
  const found: Facts[] = [];
  for (let at = 0; at + 1 < words.length; at += 2) {
    const [type = '', mode = '', uid, gid, time = '', size, ...link] = (words[at + 1] ?? '').split(' ');
    const [seconds, fraction = ''] = time.split('.');
    const shown = wholeSeconds ? seconds : `${seconds}.${fraction.slice(0, 9)}`;
    const facts = [type, Number.parseInt(mode, 8), uid, gid, shown, type === 'f' ? size : '', link.join(' ')].join(' ');
    found.push({ name: words[at] ?? '', facts });
  }
  return found.sort(byName);
}

function byName(a: Facts, b: Facts): number {
  return a.name < b.name ? -1 : 1;
}

const findLetters = { ...letters, file: 'f' } as const;

/** The same facts of an archive; a hard link has those of its target. */
function archiveFacts(files: readonly ReadFile[], wholeSeconds: boolean): readonly Facts[] {
  const clean = (name: string) => name.replace(/^(?:\.?\/)+/, '').replace(/\/$/, '');
  const byPath = new Map(files.map(({ entry }) => [clean(entry.name), entry]));
  return [...byPath]
    .filter(([name]) => name !== '' && name !== '.')
    .map(([name, own]) => {
      const entry = own.kind === 'hardlink' ? (byPath.get(clean(own.linkName)) ?? own) : own;
      const { seconds, nanoseconds } = entry.mtime;
      const shown = wholeSeconds ? seconds : `${seconds}.${String(nanoseconds).padStart(9, '0')}`;
      const size = entry.kind === 'file' ? entry.size : '';
      const kind = findLetters[entry.kind];
      const facts = [kind, entry.mode, entry.uid, entry.gid, shown, size, entry.linkName].join(' ');
      return { name, facts };
    })
    .sort(byName);
}

interface Maker {
  readonly title: string;
  readonly program: keyof typeof peers;
  readonly args: readonly string[];
  /** Leaves out what the format cannot hold: long names and large ids, or (v7) all that is no file, directory or link. */
  readonly without?: 'long' | 'special';
  readonly wholeSeconds?: boolean;
}

const pythonMaker = `
import sys, tarfile
with tarfile.open(sys.argv[2], 'w', format=getattr(tarfile, sys.argv[1]), encoding='utf-8') as archive: archive.add('.')
`;

const makers: readonly Maker[] = [
  { format: 'v7', without: 'special' as const, wholeSeconds: true },
  { format: 'ustar', without: 'long' as const, wholeSeconds: true },
  { format: 'oldgnu', wholeSeconds: true },
  { format: 'gnu', wholeSeconds: true },
  { format: 'posix' },
].map(({ format, ...rest }) => ({
  title: `GNU tar as ${format}`,
  program: 'gnu' as const,
  args: [`--format=${format}`, '-cf'],
  ...rest,
}));

const others: readonly Maker[] = [
  { title: 'bsdtar as ustar', program: 'bsdtar', args: ['--format=ustar', '-cf'], without: 'long', wholeSeconds: true },
  { title: 'bsdtar as gnutar', program: 'bsdtar', args: ['--format=gnutar', '-cf'], wholeSeconds: true },
  { title: 'bsdtar as pax', program: 'bsdtar', args: ['--format=pax', '--options=hdrcharset=BINARY', '-cf'] },
  {
    title: 'Python as ustar',
    program: 'python',
    args: ['-c', pythonMaker, 'USTAR_FORMAT'],
    without: 'long',
    wholeSeconds: true,
  },
  { title: 'Python as GNU', program: 'python', args: ['-c', pythonMaker, 'GNU_FORMAT'], wholeSeconds: true },
];

void describe('archives that other programs write', () => {
  for (const { title, program, args, without, wholeSeconds = false } of [...makers, ...others]) {
    void test(`are read as the tree that ${title} packed`, { skip: needs(program) }, () => {
      using directory = scratch();
      const root = join(directory.path, 'root');
      mkdirSync(root);
      makeTree(root, without);
      const path = join(directory.path, 'made.tar');
      const tail = program === 'python' ? [path] : [path, '.'];
      output(peers[program], [...args, ...tail], root);
      const { files, error } = readArchive(readFileSync(path), { chunks: [1000, 77] });
      assert.equal(error, undefined);
      assert.deepEqual(archiveFacts(files, wholeSeconds), treeFacts(root, wholeSeconds));
      const file = files.find(({ entry }) => entry.kind === 'file' && /d\/(?:file|hard)$/.test(entry.name));
      assert.equal(file && contentOf(file).toString(), 'hello'.repeat(300));
      assert.equal(files.filter(({ entry }) => entry.kind === 'hardlink').length, 1);
      const device = files.find(({ entry }) => entry.kind === 'char')?.entry;
      if (device) assert.deepEqual([device.deviceMajor, device.deviceMinor], [1, 3]);
    });
  }

  for (const [form, args] of Object.entries({
    'old GNU': ['--format=oldgnu'],
    'PAX 0.0': ['--format=posix', '--sparse-version=0.0'],
    'PAX 0.1': ['--format=posix', '--sparse-version=0.1'],
    'PAX 1.0': ['--format=posix', '--sparse-version=1.0'],
  })) {
    void test(`are read with the holes that GNU tar found, as ${form}`, { skip: needs('gnu') }, () => {
      using directory = scratch();
      const at = (name: string) => join(directory.path, name);
      const runs = Array.from({ length: 30 }, (_, index) => index * 65_536);
      writeFileSync(at('holes'), '');
      truncateSync(at('holes'), 2_100_000);
      for (const offset of runs) {
        output('dd', [
          `of=${at('holes')}`,
          'if=/dev/urandom',
          'bs=4096',
          'count=1',
          `seek=${offset / 4096}`,
          'conv=notrunc',
        ]);
      }
      writeFileSync(at('hole'), '');
      truncateSync(at('hole'), 300_000);
      output(
        peers.gnu,
        [...args, '--sparse', '--hole-detection=raw', '-cf', 'made.tar', 'holes', 'hole'],
        directory.path,
      );
      const { files, error } = readArchive(readFileSync(at('made.tar')), { chunks: [1000, 77] });
      assert.equal(error, undefined);
      const [holes, hole] = files;
      assert.ok(holes && hole);
      assert.deepEqual([holes.entry.name, hole.entry.name], ['holes', 'hole']);
      assert.deepEqual([hole.entry.sparse, hole.entry.size], [[], 300_000]);
      assert.equal(sha256(contentOf(holes)), sha256(readFileSync(at('holes'))));
      assert.deepEqual(
        holes.entry.sparse,
        runs.map((offset) => ({ offset, size: 4096 })),
      );
    });
  }

  void test(
    'are read with the xattrs and ACLs that GNU tar and bsdtar stored',
    { skip: needs('gnu', 'bsdtar', 'python') },
    (t) => {
      using directory = scratch();
      writeFileSync(join(directory.path, 'f'), 'x');
      const acl = '0200000001000600ffffffff02000700e803000004000400ffffffff10000700ffffffff20000000ffffffff';
      const script = `import os; os.chmod('f',0o640); os.setxattr('f','user.a',b'v\\0=\\n'); os.setxattr('f','user.empty',b''); os.setxattr('f','user.a=b%',b'1'); os.setxattr('f','system.posix_acl_access',bytes.fromhex('${acl}'))`;
      if (run(peers.python, ['-c', script], directory.path).status !== 0)
        return t.skip('needs a file system with xattrs and ACLs');
      const expected = { 'user.a': '76003d0a', 'user.empty': '', 'user.a=b%': '31', 'system.posix_acl_access': acl };
      for (const [program, args] of [
        [peers.gnu, ['--xattrs', '--xattrs-include=*', '--acls', '-cf', 'made.tar', 'f']],
        [peers.bsdtar, ['--xattrs', '--acls', '--format=pax', '-cf', 'made.tar', 'f']],
      ] as const) {
        output(program, args, directory.path);
        const [file] = readArchive(readFileSync(join(directory.path, 'made.tar'))).files;
        const read = [...(file?.entry.xattrs ?? [])].map(([name, value]) => [name, Buffer.from(value).toString('hex')]);
        assert.deepEqual(Object.fromEntries(read), expected, program);
        assert.equal(file?.entry.mode, 0o670);
      }
    },
  );
});

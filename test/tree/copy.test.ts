/** The named questions about copying paths from one tree into another. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ByteString, fromText, isHoldfastError } from '../../src/base/index.ts';
import {
  blockDevice,
  charDevice,
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  sparseFile,
  symlink,
} from '../../src/testing/index.ts';
import {
  applyLayers,
  copyInto,
  type CopyRequest,
  type CopyResult,
  type OnConflict,
  parseModeChange,
  planCopy,
} from '../../src/tree/index.ts';
import { assertSameTree, expectedListing } from '../cases/index.ts';
import { Contents } from './contents.ts';
import { shownPlan } from './layer-of-diff.ts';

type Entries = readonly EntrySpec[];
type Options = Partial<Omit<CopyRequest, 'from' | 'sources' | 'dest'>>;

interface Copy {
  readonly into?: Entries;
  readonly from: Entries;
  readonly sources: string | readonly string[];
  readonly dest: string;
  readonly options?: Options;
}

function run(contents: Contents, { into = [], from, sources, dest, options = {} }: Copy): CopyResult {
  return copyInto(contents.treeOf(into), {
    from: contents.treeOf(from),
    sources: [sources].flat().map((source) => fromText(source)),
    dest: fromText(dest),
    ...options,
  });
}

/** The whole tree, what was there included. */
function assertCopies(copy: Copy, expected: Entries): CopyResult {
  const contents = new Contents();
  const result = run(contents, copy);
  assertSameTree(contents.listing(result.tree), expectedListing(expected));
  return result;
}

function errorOf(copy: Copy): string {
  try {
    run(new Contents(), copy);
    return 'none';
  } catch (error) {
    assert.ok(isHoldfastError(error), String(error));
    return error.code === 'CONFLICTS_REFUSED'
      ? `conflicts ${(error.data as { readonly paths: readonly ByteString[] }).paths.join(' ')}`
      : error.code;
  }
}

const merged = [
  symlink('bin', 'usr/bin'),
  directory('usr', { mtime: 0 }),
  directory('usr/bin'),
  file('usr/bin/sh', 'sh'),
];
const f = [file('f', '1')];

void suite('C58: where DEST is', () => {
  const copy = { into: merged, from: f, sources: 'f' };

  void test('through a symbolic link, with follow', () => {
    assertCopies({ ...copy, dest: '/bin/x' }, [...merged, file('usr/bin/x', '1')]);
    assertCopies({ ...copy, dest: 'bin/' }, [...merged, file('usr/bin/f', '1')]);
    assertCopies({ ...copy, dest: 'bin' }, [...merged, file('usr/bin/f', '1')]);
  });

  void test('by name, with replace', () => {
    const options = { onConflict: 'replace' } as const;
    const expected = [...merged.slice(1), directory('bin', { mtime: 0 })];
    assertCopies({ ...copy, dest: '/bin/x', options }, [...expected, file('bin/x', '1')]);
    assertCopies({ ...copy, dest: 'bin/', options }, [...expected, file('bin/f', '1')]);
    assertCopies({ ...copy, dest: 'bin', options }, [...merged.slice(1), file('bin', '1')]);
  });

  void test('nowhere, with error', () => {
    const options = { onConflict: 'error' } as const;
    assert.equal(errorOf({ ...copy, dest: '/bin/x', options }), 'conflicts bin');
    assert.equal(errorOf({ ...copy, dest: 'usr/bin/sh', options }), 'conflicts usr/bin/sh');
    assertCopies({ ...copy, dest: '/usr/bin/x', options }, [...merged, file('usr/bin/x', '1')]);
  });

  void test('is implied where it is missing', () => {
    assertCopies({ from: f, sources: 'f', dest: 'a/b/c' }, [file('a/b/c', '1')]);
    assertCopies({ from: f, sources: 'f', dest: '/a/b/' }, [file('a/b/f', '1')]);
    assertCopies({ from: f, sources: 'f', dest: './a/../b/./g' }, [file('b/g', '1')]);
  });

  void test('is the root for "/", "." and ""', () => {
    for (const dest of ['/', '.', './', '', '..', '/../..']) {
      assertCopies({ from: f, sources: 'f', dest }, f);
    }
  });

  void test('is the file that a link there leads to, which is replaced and not written to', () => {
    const into = [file('t', 'old', { mode: 0o600 }), hardlink('u', 't'), symlink('l', 't')];
    assertCopies({ into, from: f, sources: 'f', dest: 'l' }, [
      file('t', '1'),
      file('u', 'old', { mode: 0o600 }),
      symlink('l', 't'),
    ]);
  });

  void test('is made where a dangling link leads to, inside the root', () => {
    const into = [symlink('l', '../../no/such')];
    assertCopies({ into, from: f, sources: 'f', dest: 'l' }, [...into, file('no/such', '1')]);
    assertCopies({ into, from: f, sources: 'f', dest: 'l/' }, [...into, file('no/such/f', '1')]);
    const absolute = [directory('d'), symlink('d/l', '/no')];
    assertCopies({ into: absolute, from: f, sources: 'f', dest: 'd/l/x' }, [...absolute, file('no/x', '1')]);
  });

  void test('is an error behind a loop', () => {
    const into = [symlink('l', 'm'), symlink('m', 'l')];
    assert.equal(errorOf({ into, from: f, sources: 'f', dest: 'l' }), 'SYMLINK_LOOP');
    assertCopies({ into, from: f, sources: 'f', dest: 'l', options: { onConflict: 'replace' } }, [
      symlink('m', 'l'),
      file('l', '1'),
    ]);
  });

  void test('takes the place of a file that is in the way', () => {
    const into = [file('a', 'old')];
    assertCopies({ into, from: f, sources: 'f', dest: 'a/b' }, [file('a/b', '1')]);
    assertCopies({ into, from: f, sources: 'f', dest: 'a/' }, [file('a/f', '1')]);
    const options = { onConflict: 'error' } as const;
    assert.equal(errorOf({ into, from: f, sources: 'f', dest: 'a/b', options }), 'conflicts a');
  });

  void test('is a directory with several sources, with one that is a directory, or where it is one', () => {
    const from = [...f, file('g', '2'), directory('d', { mode: 0o700 }), file('d/x', 'x')];
    assertCopies({ from, sources: ['f', 'g'], dest: 'to' }, [file('to/f', '1'), file('to/g', '2')]);
    assertCopies({ from, sources: 'd', dest: 'to' }, [file('to/x', 'x')]);
    const into = [directory('to', { mode: 0o711, mtime: 5 })];
    assertCopies({ into, from, sources: 'f', dest: 'to' }, [...into, file('to/f', '1')]);
  });

  void test('keeps its attributes', () => {
    const into = [directory('tmp', { mode: 0o1777, mtime: 7 })];
    const from = [directory('d', { uid: 1001, mode: 0o700 }), file('d/x', 'x')];
    assertCopies({ into, from, sources: 'd/', dest: 'tmp' }, [...into, file('tmp/x', 'x')]);
    const root = [directory('./', { mode: 0o700 })];
    assertCopies({ into: root, from, sources: '/', dest: '/' }, [...root, ...from]);
  });
});

void suite('a SOURCE', () => {
  const from = [
    directory('d'),
    file('d/x', 'x'),
    symlink('d/l', 'x'),
    symlink('link', 'd/x'),
    symlink('dir', '/d'),
    symlink('out', '../../../d/x'),
    symlink('no', 'where'),
    symlink('loop', 'loop'),
  ];

  void test('that is a link is followed inside its root, and keeps its own name', () => {
    assertCopies({ from, sources: 'link', dest: 'to/' }, [file('to/link', 'x')]);
    assertCopies({ from, sources: 'link', dest: 'to' }, [file('to', 'x')]);
    assertCopies({ from, sources: 'out', dest: 'to/' }, [file('to/out', 'x')]);
    assertCopies({ from, sources: 'dir', dest: 'to' }, [file('to/x', 'x'), symlink('to/l', 'x')]);
    assertCopies({ from, sources: 'dir/l', dest: 'to/' }, [file('to/l', 'x')]);
  });

  void test('that leads nowhere is an error', () => {
    for (const sources of ['no', 'loop', 'none', 'd/none', 'd/x/y', 'd/x/', 'n*', 'd/*/z']) {
      assert.equal(errorOf({ from, sources, dest: 'to' }), 'PATH_NOT_FOUND', sources);
    }
  });

  void test('is what a glob matches, in byte order', () => {
    const many = [
      file('b.txt', 'b'),
      file('a.txt', 'a'),
      file('.h.txt', 'h'),
      directory('s'),
      file('s/c.txt', 'c'),
      directory('s/t'),
      file('s/t/d.txt', 'd'),
      file('[x]', 'odd'),
      symlink('u', 's'),
    ];
    const names = (sources: string | readonly string[], options: Options = {}): string[] => {
      const contents = new Contents();
      const { tree } = run(contents, { from: many, sources, dest: 'to/', options });
      const listing = contents.listing(tree);
      return [...listing.keys()].filter((path) => path.startsWith('to/')).map((path) => path.slice(3));
    };
    assert.deepEqual(names('*.txt'), ['.h.txt', 'a.txt', 'b.txt']);
    assert.deepEqual(names('?.txt'), ['a.txt', 'b.txt']);
    assert.deepEqual(names('[ab].txt'), ['a.txt', 'b.txt']);
    assert.deepEqual(names('[!a].txt'), ['b.txt']);
    assert.deepEqual(names('**/*.txt'), ['.h.txt', 'a.txt', 'b.txt', 'c.txt', 'd.txt']);
    assert.deepEqual(names('s/**/*.txt'), ['c.txt', 'd.txt']);
    assert.deepEqual(names('**/**/d.txt'), ['d.txt']);
    assert.deepEqual(names('u/*.txt'), ['c.txt']);
    assert.deepEqual(names('s/**'), ['c.txt', 'd.txt']);
    for (const glob of ['[[]x]', '\\[x[]]', '[][]x]', '?x?', '[x[]*', '\\[*'])
      assert.deepEqual(names(glob), ['[x]'], glob);
    assert.deepEqual(names('[a-b].t[!a-w^]t'), ['a.txt', 'b.txt']);
    assert.deepEqual(names('s/*', { parents: true }), ['s', 's/c.txt', 's/t', 's/t/d.txt']);
  });

  void test('brings the directories above it along with parents, from the pivot on', () => {
    const deep = [directory('a', { mode: 0o750 }), directory('a/b', { mode: 0o700 }), file('a/b/c', 'c'), file('a/z')];
    const options = { parents: true };
    assertCopies({ from: deep, sources: 'a/b/c', dest: 'to', options }, [
      directory('to/a', { mode: 0o750 }),
      directory('to/a/b', { mode: 0o700 }),
      file('to/a/b/c', 'c'),
    ]);
    assertCopies({ from: deep, sources: 'a/./b/c', dest: 'to', options }, [
      directory('to/b', { mode: 0o700 }),
      file('to/b/c', 'c'),
    ]);
    assertCopies({ from: deep, sources: '*/./**/c', dest: 'to', options }, [
      directory('to/b', { mode: 0o700 }),
      file('to/b/c', 'c'),
    ]);
    const into = [directory('to'), directory('to/a', { mode: 0o711 })];
    assertCopies({ into, from: deep, sources: 'a/b', dest: 'to', options }, [
      ...into,
      directory('to/a/b', { mode: 0o700 }),
      file('to/a/b/c', 'c'),
    ]);
  });

  void test('loses what is excluded', () => {
    const deep = [directory('a'), file('a/x.o'), file('a/y.c'), directory('a/b'), file('a/b/z.o'), directory('a/git')];
    const isExcluded = (path: string): boolean => path.endsWith('.o') || path === 'git';
    assertCopies({ from: deep, sources: 'a', dest: '/', options: { isExcluded } }, [file('y.c'), directory('b')]);
    assertCopies({ from: deep, sources: ['a/x.o', 'a/y.c'], dest: 't/', options: { isExcluded } }, [file('t/y.c')]);
  });
});

void suite('C59: a tree over another', () => {
  const makers = {
    file: (path: string) => file(path, 'f'),
    directory: (path: string) => directory(path, { mode: 0o700 }),
    symlink: (path: string) => symlink(path, 't'),
    char: (path: string) => charDevice(path, 1, 3),
    block: (path: string) => blockDevice(path, 7, 0),
    fifo: (path: string) => fifo(path),
  };
  const target = [directory('d/t', { mtime: 3 }), file('d/t/kept')];

  for (const [below, lower] of Object.entries(makers)) {
    for (const [above, upper] of Object.entries(makers)) {
      void test(`puts a ${above} in the place of a ${below}`, () => {
        const own = above === 'directory' ? [file('s/x/new', 'n')] : [];
        const old = below === 'directory' ? [file('d/x/old', 'o')] : [];
        const into = [directory('d'), ...target, lower('d/x'), ...old];
        const from = [directory('s'), upper('s/x'), ...own];
        const placed = [upper('d/x'), ...(above === 'directory' ? [file('d/x/new', 'n')] : [])];
        const isBoth = above === 'directory' && below === 'directory';
        const replaced = [directory('d'), ...target, ...placed, ...(isBoth ? old : [])];
        const goesThrough = above === 'directory' && below === 'symlink';
        const followed = [
          directory('d'),
          directory('d/t', { mode: 0o700 }),
          file('d/t/kept'),
          symlink('d/x', 't'),
          file('d/t/new', 'n'),
        ];
        const copy = { into, from, sources: 's', dest: 'd' };
        assertCopies({ ...copy, options: { onConflict: 'replace' } }, replaced);
        assertCopies(copy, goesThrough ? followed : replaced);
        assert.equal(errorOf({ ...copy, options: { onConflict: 'error' } }), isBoth ? 'none' : 'conflicts d/x');
      });
    }
  }

  void test('lists every clash, and writes nothing', () => {
    const into = [directory('d'), file('d/a'), file('d/b'), symlink('d/l', '/etc'), directory('d/same')];
    const from = [
      directory('a'),
      file('a/n'),
      file('b'),
      directory('l'),
      file('l/x'),
      directory('same'),
      file('same/y'),
    ];
    const options = { onConflict: 'error' } as const;
    assert.equal(errorOf({ into, from, sources: '/', dest: 'd', options }), 'conflicts d/a d/b d/l');
  });

  void test('goes through a link to the root, and through links in links', () => {
    const into = [directory('d'), symlink('d/r', '/'), symlink('d/l', 'm'), symlink('d/m', '../e'), directory('e')];
    const from = [directory('r', { mode: 0o711 }), file('r/x'), directory('l'), file('l/y')];
    assertCopies({ into, from, sources: '/', dest: 'd' }, [
      ...into,
      directory('./', { mode: 0o711 }),
      file('x'),
      file('e/y'),
    ]);
  });

  void test('replaces a link that leads to no directory with a directory', () => {
    for (const text of ['none', 'x', 'f']) {
      const into = [directory('d'), symlink('d/x', text), file('d/f', 'f')];
      const from = [directory('x', { mode: 0o700 }), file('x/y')];
      const expected = [directory('d'), file('d/f', 'f'), directory('d/x', { mode: 0o700 }), file('d/x/y')];
      assertCopies({ into, from, sources: '/', dest: 'd' }, expected);
    }
  });

  void test('clears DEST first where it is told to, and keeps what DEST is', () => {
    const into = [directory('d', { mode: 0o700 }), file('d/old'), directory('d/x'), file('d/x/y')];
    const from = [file('new', 'n')];
    const options = { clear: true };
    const expected = [directory('d', { mode: 0o700 }), file('d/new', 'n')];
    assertCopies({ into, from, sources: 'new', dest: 'd/', options }, expected);
    const refusing = { ...options, onConflict: 'error' } as const;
    assertCopies({ into, from: [file('x', '')], sources: 'x', dest: 'd', options: refusing }, [
      directory('d', { mode: 0o700 }),
      file('d/x', ''),
    ]);
    const through = [symlink('l', 'd'), ...into];
    assertCopies({ into: through, from, sources: 'new', dest: 'l', options }, [symlink('l', 'd'), ...expected]);
  });
});

void suite('C60: what is copied', () => {
  const linked = [
    directory('s'),
    file('s/a', '1', { mode: 0o4755, uid: 5, xattrs: { 'user.x': 'y' } }),
    hardlink('s/b', 's/a'),
    symlink('s/l', 'a'),
    hardlink('s/m', 's/l'),
    charDevice('s/n', 1, 3),
    hardlink('s/o', 's/n'),
    sparseFile('s/holes', 100_000, [{ offset: 512, data: 'x'.repeat(512) }]),
  ];
  const moved = (entries: Entries): Entries =>
    entries.slice(1).map((entry) => ({
      ...entry,
      name: entry.name.replace('s/', 't/') as ByteString,
      linkName: (entry.kind === 'hardlink' ? entry.linkName.replace('s/', 't/') : entry.linkName) as ByteString,
    }));

  void test('keeps its links, times, owners, xattrs and holes', () => {
    assertCopies({ from: linked, sources: 's', dest: 't' }, moved(linked));
  });

  void test('is linked only to what is copied with it', () => {
    assertCopies({ from: linked, sources: 's/b', dest: 't/' }, [
      file('t/b', '1', { mode: 0o4755, uid: 5, xattrs: { 'user.x': 'y' } }),
    ]);
    const contents = new Contents();
    const tree = contents.treeOf([file('a', '1')]);
    const { tree: result } = copyInto(tree, { from: tree, sources: [fromText('a')], dest: fromText('b') });
    assertSameTree(contents.listing(result), expectedListing([file('a', '1'), file('b', '1')]));
  });

  void test('is linked across sources, and never to itself', () => {
    const from = [file('a', '1'), hardlink('b', 'a'), symlink('c', 'a'), directory('d'), hardlink('d/e', 'a')];
    assertCopies({ from, sources: ['a', 'b', 'd'], dest: 't' }, [
      file('t/a', '1'),
      hardlink('t/b', 't/a'),
      hardlink('t/e', 't/a'),
    ]);
    assertCopies({ from, sources: ['a', 'c'], dest: 't' }, [file('t/a', '1'), file('t/c', '1')]);
    assertCopies({ from: f, sources: ['f', 'f'], dest: 't' }, [file('t/f', '1')]);
  });

  void test('gets owner and mode once for each inode, as told', () => {
    const own = { owner: { uid: 7, gid: 8 }, mode: parseModeChange('u=rwX,go=rX') };
    const contents = new Contents();
    const { tree, contentOf } = run(contents, { from: linked, sources: 's', dest: 't', options: own });
    const entries = moved(linked).map((entry) => ({
      ...entry,
      uid: 7,
      gid: 8,
      mode: entry.kind === 'symlink' ? entry.mode : entry.name === 't/a' ? 0o755 : 0o644,
    }));
    assertSameTree(contents.listing(tree, contentOf), expectedListing(entries));
    const onlyGroup = run(contents, { from: linked, sources: 's/a', dest: 't', options: { owner: { gid: 9 } } });
    const inode = onlyGroup.tree.root.children?.get(fromText('t'));
    assert.deepEqual([inode?.uid, inode?.gid, inode?.mode], [5, 9, 0o4755]);
  });

  void test('does not give directories that it only passes other owners', () => {
    const options = { owner: { uid: 7, gid: 7 } };
    assertCopies({ from: [fifo('p')], sources: 'p', dest: 'new/dir/', options }, [
      fifo('new/dir/p', { uid: 7, gid: 7 }),
    ]);
  });

  void test('is what its tree shows, whatever its layers hide', () => {
    const contents = new Contents();
    const from = contents.treeOf(
      [directory('d'), file('d/gone'), file('d/kept')],
      [{ ...file('d/.wh.gone'), mode: 0 }],
    );
    const request = { from, sources: [fromText('d')], dest: fromText('/') };
    assertSameTree(contents.listing(copyInto(contents.treeOf([]), request).tree), expectedListing([file('kept')]));
  });

  void test('leaves the tree that it goes into as it was', () => {
    const contents = new Contents();
    const tree = contents.treeOf(merged);
    const before = contents.listing(tree);
    copyInto(tree, { from: contents.treeOf(f), sources: [fromText('f')], dest: fromText('bin/sh') });
    assertSameTree(contents.listing(tree), before);
  });
});

void suite('the facts of a copy', () => {
  const factsOf = (copy: Copy): string[] =>
    run(new Contents(), copy).facts.map(({ path, found, done, linkText }) =>
      [path, found, ...(linkText === undefined ? [] : [`-> ${linkText}`]), done].join(' '),
    );

  void test('say what was found and what was done about it', () => {
    const from = [directory('bin'), file('bin/sh', 'new')];
    assert.deepEqual(factsOf({ into: merged, from, sources: '/', dest: '/' }), [
      'bin symlink -> usr/bin followed',
      'usr directory passed',
      'usr/bin directory passed',
      'usr/bin/sh file replaced',
    ]);
    assert.deepEqual(factsOf({ into: merged, from: f, sources: 'f', dest: '/bin/x/' }), [
      'bin symlink -> usr/bin followed',
      'usr directory entered',
      'usr/bin directory entered',
      'usr/bin/x nothing made',
    ]);
    assert.deepEqual(factsOf({ into: merged, from: f, sources: 'f', dest: '/bin/../x' }), [
      'bin symlink -> usr/bin followed',
      'usr directory entered',
      'usr/bin directory passed',
      'usr/x nothing made',
    ]);
    const options: { onConflict: OnConflict } = { onConflict: 'replace' };
    assert.deepEqual(factsOf({ into: merged, from, sources: '/', dest: '/', options }), ['bin symlink replaced']);
  });
});

void suite('a copy that may be executed as a merge', () => {
  function planned({ into = [], from, sources, dest, options = {} }: Copy): string {
    const contents = new Contents();
    const table = contents.indexOf(from);
    const asked = [sources].flat().map((source) => fromText(source));
    const request = { from: applyLayers([table]), sources: asked, dest: fromText(dest), ...options };
    const { execution } = planCopy(contents.treeOf(into), request, [table]);
    return execution.kind === 'merge' ? `merge ${shownPlan(execution.layer).join(', ')}` : execution.kind;
  }
  const tmate = [directory('bin'), file('bin/tmate', 't')];

  void test('is none that would lose /bin/sh: /bin -> usr/bin stays a link', () => {
    assert.equal(planned({ into: merged, from: tmate, sources: '/', dest: '/' }), 'copy');
    assertCopies({ into: merged, from: tmate, sources: '/', dest: '/' }, [...merged, file('usr/bin/tmate', 't')]);
  });

  void test('goes where a link leads, which is one of its facts', () => {
    const copy = { into: merged, from: tmate, sources: 'bin/tmate', dest: '/bin/' };
    assert.equal(planned(copy), 'merge d usr, d usr/bin, f usr/bin/tmate');
    const options = { onConflict: 'replace' } as const;
    assert.equal(planned({ ...copy, options }), 'merge d bin, f bin/tmate');
  });

  void test('reuses the layers of a whole tree where they do', () => {
    assert.equal(planned({ into: [directory('etc')], from: tmate, sources: '/', dest: '/' }), 'reuse');
    assert.equal(
      planned({ into: [directory('etc')], from: tmate, sources: '/', dest: '/opt' }),
      'merge d opt, d opt/bin, f opt/bin/tmate',
    );
    assert.equal(
      planned({ into: merged, from: tmate, sources: '/', dest: '/', options: { onConflict: 'replace' } }),
      'reuse',
    );
  });

  void test('is none where something has to go first', () => {
    const into = [directory('d'), file('d/x')];
    assert.equal(planned({ into, from: tmate, sources: 'bin', dest: 'd', options: { clear: true } }), 'copy');
  });

  void test('has new owners and modes', () => {
    const options = { owner: { uid: 5 }, mode: parseModeChange('0700') };
    assert.equal(planned({ into: [], from: tmate, sources: 'bin', dest: 'd', options }), 'merge d d, f d/tmate');
  });
});

void test('names that no file system holds are refused', () => {
  assert.equal(errorOf({ from: f, sources: 'f', dest: 'n'.repeat(256) }), 'NAME_TOO_LONG');
  assert.equal(errorOf({ from: f, sources: 'f', dest: `${'n'.repeat(256)}/x` }), 'NAME_TOO_LONG');
  assert.equal(errorOf({ from: f, sources: 'f', dest: 'd/'.repeat(1025) }), 'LIMIT_EXCEEDED');
});

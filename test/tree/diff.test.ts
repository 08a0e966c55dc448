/** The named questions about differences: what a change is, and what the layer that makes it holds. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ByteString, fromText } from '../../src/base/index.ts';
import {
  blockDevice,
  charDevice,
  directory,
  type EntryOptions,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  sparseFile,
  symlink,
  tarOf,
} from '../../src/testing/index.ts';
import {
  applyLayers,
  applyLayer,
  type DiffOptions,
  diffTrees,
  EntryTableBuilder,
  isEmptyDiff,
  type Tree,
  type TreeDiff,
} from '../../src/tree/index.ts';
import { assertSameTree, expectedListing } from '../cases/index.ts';
import { Contents } from './contents.ts';
import { planBetween, shownPlan, tarOfPlan } from './layer-of-diff.ts';

type Entries = readonly EntrySpec[];

/** The layer as lines; laid over the first tree it gives the second. */
async function layerBetween(before: Entries, after: Entries, options: Partial<DiffOptions> = {}): Promise<string[]> {
  const contents = new Contents();
  const [base, target] = [contents.treeOf(before), contents.treeOf(after)];
  const plan = planBetween(contents, base, target, options);
  const result = applyLayer(base, contents.index(await tarOfPlan(contents, plan)));
  assertSameTree(contents.listing(result), expectedListing(after));
  return shownPlan(plan);
}

function diffBetween(before: Entries, after: Entries, options: Partial<DiffOptions> = {}): TreeDiff {
  const contents = new Contents();
  const [base, target] = [contents.treeOf(before), contents.treeOf(after)];
  return diffTrees(base, target, { sameContent: contents.same, ...options });
}

/** A diff as lines: `+ added`, `- removed`, `~ changed (aspects)`. */
function shownDiff({ changes, formed, dissolved }: TreeDiff): string[] {
  return [
    ...changes.map((change) => {
      const path = change.path || '.';
      if (change.change === 'added') return `+ ${path}`;
      return change.change === 'removed' ? `- ${path}` : `~ ${path} (${change.aspects.join(' ')})`;
    }),
    ...formed.map(({ paths }) => `formed ${paths.join(' ')}`),
    ...dissolved.map(({ paths }) => `dissolved ${paths.join(' ')}`),
  ];
}

/** A tree as a live directory may have it: no archive could say this name. */
function treeWith(name: ByteString): Tree {
  const builder = new EntryTableBuilder();
  const parts = name.split('/');
  for (const depth of parts.keys()) {
    const path = parts.slice(0, depth + 1).join('/') as ByteString;
    const kind = depth + 1 < parts.length ? 'directory' : 'file';
    builder.add({ ...file('x'), name: path, kind, dataOffset: 0 });
  }
  return applyLayers([builder.finish()]);
}

void suite('a layer between two trees', () => {
  void test('D41: removes a directory with one whiteout, and leaves what only sounds like it', async () => {
    const [before, left] = [file('d1-before/x'), directory('d1-before')];
    const removed = [directory('d1'), directory('d1/d2'), file('d1/d2/f1')];
    assert.deepEqual(await layerBetween([...removed, left, before], [left, before]), ['w d1']);
    const added = await layerBetween([left, before], [...removed, left, before]);
    assert.deepEqual(added, ['d d1', 'd d1/d2', 'f d1/d2/f1']);
  });

  void test('D42: lets a file take the place of a directory without whiteouts, and back', async () => {
    const deep = [directory('p'), directory('p/f2'), file('p/f2/f3')];
    const flat = [directory('p'), file('p/f2')];
    assert.deepEqual(await layerBetween(deep, flat), ['d p', 'f p/f2']);
    assert.deepEqual(await layerBetween(flat, deep), ['d p', 'd p/f2', 'f p/f2/f3']);
  });

  void test('D43: carries a new link with its group, though only the new name is a change', async () => {
    const [before, after] = [[file('a', '1')], [file('a', '1'), hardlink('b', 'a')]];
    assert.deepEqual(await layerBetween(before, after), ['f a', 'h b = a']);
    assert.deepEqual(shownDiff(diffBetween(before, after)), ['+ b', 'formed a b']);
  });

  void test('D44: tells a linked file that was copied up from one that was written in place', async () => {
    const linked = [file('a', '1'), hardlink('a2', 'a')];
    assert.deepEqual(await layerBetween(linked, [file('a', '2'), file('a2', '1')]), ['f a']);
    assert.deepEqual(await layerBetween(linked, [file('a', '2'), hardlink('a2', 'a')]), ['f a', 'h a2 = a']);
  });

  void test('D45: takes one name from a group with one whiteout, and changes a group under all its names', async () => {
    const group = (own: EntryOptions = {}) => [file('a', '1', own), hardlink('b', 'a'), hardlink('c', 'a')];
    assert.deepEqual(await layerBetween(group(), [file('a', '1'), hardlink('c', 'a')]), ['w b']);
    assert.deepEqual(await layerBetween(group(), group({ mode: 0o600 })), ['f a', 'h b = a', 'h c = a']);
  });

  void test('D46: holds a file whose content changed and whose size and time did not', async () => {
    const at = { mtime: { seconds: 7, nanoseconds: 7 } };
    assert.deepEqual(await layerBetween([file('a', '1', at)], [file('a', '2', at)]), ['f a']);
  });

  void test('D47: takes nanoseconds for a change only where both sides know them', async () => {
    const [exact, whole] = [{ mtime: { seconds: 7, nanoseconds: 7 } }, { mtime: 7 }];
    const trees = [[file('a', '1', exact)], [file('a', '1', whole)]] as const;
    assert.deepEqual(shownDiff(diffBetween(...trees)), ['~ a (mtime)']);
    assert.deepEqual(shownDiff(diffBetween(...trees, { facts: { nanoseconds: false } })), []);
  });

  const acl = { 'system.posix_acl_default': Buffer.from('0200000001000700ffffffff', 'hex') };
  for (const [what, before, after, aspect] of [
    ['time of a directory', directory('d', { mtime: 1 }), directory('d', { mtime: 2 }), 'mtime'],
    ['xattr set on a file', file('f'), file('f', '', { xattrs: { 'user.a': '' } }), 'xattr'],
    ['xattr removed from a directory', directory('d', { xattrs: { 'user.a': '1' } }), directory('d'), 'xattr'],
    ['default ACL on a directory', directory('d'), directory('d', { xattrs: acl }), 'xattr'],
    ['mode', file('f'), file('f', '', { mode: 0o4755 }), 'mode'],
    ['owner', file('f'), file('f', '', { gid: 5 }), 'owner'],
    ['minor number', charDevice('n', 1, 3), charDevice('n', 1, 5), 'device'],
    ['link text', symlink('s', 'a'), symlink('s', 'b'), 'symlink'],
    ['device that becomes a block device', charDevice('n', 1, 3), blockDevice('n', 1, 3), 'kind'],
    ['mode of a symbolic link', symlink('s', 'a'), symlink('s', 'a', { mode: 0o755 }), 'mode'],
  ] as const) {
    void test(`D48: holds one entry for a change of one fact: ${what}`, async () => {
      const child = before.kind === 'directory' ? [file('d/x', 'x')] : [];
      const path = before.name;
      assert.equal((await layerBetween([before, ...child], [after, ...child])).length, 1);
      assert.deepEqual(shownDiff(diffBetween([before, ...child], [after, ...child])), [`~ ${path} (${aspect})`]);
    });
  }

  void test('D49: is empty for a file that was moved away and back', async () => {
    const entries = [directory('d'), file('d/f', '1')];
    assert.deepEqual(await layerBetween(entries, [directory('d'), file('d/f', '1')]), []);
  });

  void test('D50: holds a directory that was made anew with one whiteout for each lost child', async () => {
    const before = [directory('d'), file('d/a'), directory('d/b'), file('d/b/x'), file('d/kept')];
    const after = [directory('d', { mtime: 2 }), file('d/kept'), file('d/new')];
    assert.deepEqual(await layerBetween(before, after), ['d d', 'w d/a', 'w d/b', 'f d/new']);
  });

  void test('D51: holds a renamed directory whole, and a whiteout of the old name', async () => {
    const tree = (name: string) => [directory(name), directory(`${name}/s`), file(`${name}/s/f`, 'f')];
    const layer = await layerBetween(tree('dir1'), tree('dir2'));
    assert.deepEqual(layer, ['w dir1', 'd dir2', 'd dir2/s', 'f dir2/s/f']);
  });

  void test('D52: leaves out xattrs that one side cannot know', async () => {
    const trees = [[file('f')], [file('f', '', { xattrs: { 'trusted.overlay.origin': 'x' } })]] as const;
    const xattrs = (name: string): boolean => !name.startsWith('trusted.overlay.');
    assert.deepEqual(shownDiff(diffBetween(...trees)), ['~ f (xattr)']);
    assert.deepEqual(shownDiff(diffBetween(...trees, { facts: { xattrs } })), []);
  });

  void test('D53: is empty for an unchanged tree', async () => {
    const tree = [directory('./', { mode: 0o700 }), file('a', '1'), hardlink('b', 'a'), fifo('p')];
    assert.deepEqual(await layerBetween(tree, tree), []);
  });
});

void suite('a path that becomes something else', () => {
  const makers = {
    file: file('d/x', 'f'),
    directory: directory('d/x'),
    symlink: symlink('d/x', 't'),
    char: charDevice('d/x', 1, 3),
    block: blockDevice('d/x', 7, 0),
    fifo: fifo('d/x'),
  };
  const letters = { file: 'f', directory: 'd', symlink: 'l', char: 'c', block: 'b', fifo: 'p' } as const;
  for (const [below, before] of Object.entries(makers)) {
    for (const [above, after] of Object.entries(makers)) {
      void test(`is one entry: a ${below} that becomes a ${above}`, async () => {
        const content = (entry: EntrySpec, name: string) => (entry.kind === 'directory' ? [file(`d/x/${name}`)] : []);
        const trees = [
          [directory('d'), before, ...content(before, 'old')],
          [directory('d'), { ...after, mode: 0o600 }, ...content(after, 'new')],
        ] as const;
        const letter = letters[above as keyof typeof letters];
        const isDirectory = above === 'directory';
        assert.deepEqual(await layerBetween(...trees), [
          'd d',
          `${letter} d/x${above === 'symlink' ? ' -> t' : ''}`,
          ...(isDirectory && below === above ? ['w d/x/old'] : []),
          ...(isDirectory ? ['f d/x/new'] : []),
        ]);
      });
    }
  }
});

void suite('what a layer holds besides the changes', () => {
  void test('is every directory above an entry or whiteout, with its own attributes', async () => {
    const above = [directory('d', { mode: 0o700, mtime: 3 }), directory('d/e', { uid: 5 })];
    const before = [...above, file('d/e/old'), file('d/x')];
    assert.deepEqual(await layerBetween(before, [...above, file('d/x')]), ['d d', 'd d/e', 'w d/e/old']);
    assert.deepEqual(await layerBetween(before, [...before, file('d/e/new')]), ['d d', 'd d/e', 'f d/e/new']);
  });

  void test('is a root with attributes of its own, and none without', async () => {
    const root = directory('./', { mode: 0o711 });
    assert.deepEqual(await layerBetween([root], [root, file('a')]), ['d .', 'f a']);
    assert.deepEqual(await layerBetween([], [file('a')]), ['f a']);
    assert.deepEqual(await layerBetween([root], []), ['d .']);
    assert.deepEqual(await layerBetween([], [root]), ['d .']);
  });

  void test('is not what a new symbolic link points to', async () => {
    const before = [directory('bin'), file('big', 'big')];
    assert.deepEqual(await layerBetween(before, [...before, symlink('bin/x', '/big')]), ['d bin', 'l bin/x -> /big']);
  });

  void test('is no other name of a file that is no longer linked to it', async () => {
    const linked = [file('a', '1'), hardlink('b', 'a')];
    assert.deepEqual(await layerBetween(linked, [file('a', '1'), file('b', '1')]), ['f b']);
  });

  void test('is the lesser part of a group that fell apart', async () => {
    const group = [file('a', '1'), hardlink('b', 'a'), hardlink('c', 'a')];
    assert.deepEqual(await layerBetween(group, [file('a', '1'), file('b', '1'), hardlink('c', 'b')]), ['f a']);
    assert.deepEqual(await layerBetween(group, [file('a', '1'), file('b', '1'), file('c', '1')]), ['f b', 'f c']);
  });

  void test('is all of two groups that became one, and of equal files that did', async () => {
    const pairs = [file('a', '1'), hardlink('b', 'a'), file('c', '1'), hardlink('d', 'c')];
    const one = [file('a', '1'), ...['b', 'c', 'd'].map((name) => hardlink(name, 'a'))];
    assert.deepEqual(await layerBetween(pairs, one), ['f a', 'h b = a', 'h c = a', 'h d = a']);
    const equal = [file('a', '1'), file('b', '1')];
    assert.deepEqual(await layerBetween(equal, [file('a', '1'), hardlink('b', 'a')]), ['f a', 'h b = a']);
  });

  void test('is nothing of a group that exchanged a name with another one but that other one', async () => {
    const before = [file('a', '1'), hardlink('b', 'a'), file('x', '2')];
    assert.deepEqual(await layerBetween(before, [file('a', '1'), file('b', '2'), hardlink('x', 'b')]), [
      'f b',
      'h x = b',
    ]);
  });

  void test('are linked names of every kind but directories', async () => {
    for (const one of [symlink('a', 't'), fifo('a'), charDevice('a', 1, 3), sparseFile('a', 9999, [])]) {
      const layer = await layerBetween([one], [one, hardlink('b', 'a')]);
      assert.equal(layer[1], 'h b = a');
    }
  });
});

void suite('the order of a layer', () => {
  void test('puts whiteouts behind their directory and before its content', async () => {
    const before = [directory('d'), file('d/m'), file('d/z'), file('d/\u0001'), file('z')];
    const after = [directory('d', { mtime: 2 }), file('d/!'), file('d/\u0001\u0001'), file('a')];
    assert.deepEqual(await layerBetween(before, after), [
      'w z',
      'f a',
      'd d',
      'w d/\u0001',
      'w d/m',
      'w d/z',
      'f d/\u0001\u0001',
      'f d/!',
    ]);
  });

  void test('puts a directory before its content and its siblings', async () => {
    const after = [file('a-b'), directory('a'), file('a/x'), file('a.b')];
    assert.deepEqual(await layerBetween([], after), ['d a', 'f a/x', 'f a-b', 'f a.b']);
  });

  void test('gives the body to the first name', async () => {
    const after = [file('z', '1'), hardlink('a-b', 'z'), directory('a'), hardlink('a/x', 'z')];
    assert.deepEqual(await layerBetween([], after), ['d a', 'f a/x', 'h a-b = a/x', 'h z = a/x']);
  });
});

void suite('names of a layer', () => {
  const long = 'n'.repeat(255);

  void test('are bytes, however long or odd', async () => {
    const odd = ['\udcff\udcfe', 'a\nb', 'a:b', 'a\\b', long, `${long}/${long}`, '.wh', '.whx', 'a.wh.b', '..a'];
    const tree = [directory(long), ...odd.filter((name) => name !== long).map((name) => file(name, name))];
    await layerBetween([], tree);
    await layerBetween(tree, []);
  });

  for (const name of ['.wh.foo', '.wh..wh..opq', '.wh.', 'd/.wh.foo', '.wh.d/x']) {
    void test(`may not be ${name}, which would be read as a whiteout`, () => {
      const contents = new Contents();
      const [empty, odd] = [contents.treeOf([]), treeWith(fromText(name))];
      assert.throws(() => planBetween(contents, empty, odd), { code: 'NAME_IS_MARKER' });
      // A directory that holds such a name can go.
      if (name.startsWith('d/')) assert.deepEqual(shownPlan(planBetween(contents, odd, empty)), ['w d']);
      else assert.throws(() => planBetween(contents, odd, empty), { code: 'NAME_IS_MARKER' });
      assert.deepEqual(planBetween(contents, odd, odd), []);
    });
  }
});

void suite('a difference', () => {
  void test('names what is removed once, and what is added path by path', () => {
    const tree = [directory('d'), directory('d/e'), file('d/e/f')];
    assert.deepEqual(shownDiff(diffBetween(tree, [])), ['- d']);
    assert.deepEqual(shownDiff(diffBetween([], tree)), ['+ d', '+ d/e', '+ d/e/f']);
    assert.deepEqual(shownDiff(diffBetween(tree, [file('d')])), ['~ d (kind)']);
    assert.deepEqual(shownDiff(diffBetween([file('d')], tree)), ['~ d (kind)', '+ d/e', '+ d/e/f']);
  });

  void test('names every fact that differs', () => {
    const other = { mode: 0o600, uid: 1, mtime: 1, xattrs: { 'user.a': '1' } };
    const diff = diffBetween([file('f', '1')], [file('f', '22', other)]);
    assert.deepEqual(shownDiff(diff), ['~ f (content mode owner mtime xattr)']);
  });

  void test('compares only the facts that both sides know', () => {
    const other = { mode: 0o600, uid: 1, mtime: 1, xattrs: { 'user.a': '1' } };
    const facts = { content: false, mode: false, owner: false, mtime: false, xattrs: false };
    assert.ok(isEmptyDiff(diffBetween([file('f', '1')], [file('f', '2', other)], { facts })));
    const links = [[symlink('s', 'a')], [symlink('s', 'a', { mode: 0o755 })]] as const;
    assert.ok(isEmptyDiff(diffBetween(...links, { facts: { symlinkMode: false } })));
    const devices = [[charDevice('n', 1, 3)], [charDevice('n', 1, 4)]] as const;
    assert.ok(isEmptyDiff(diffBetween(...devices, { facts: { device: false } })));
  });

  void test('asks for content only where size and identity do not tell', () => {
    const contents = new Contents();
    const base = contents.treeOf([file('same'), file('size', '1'), file('ask', '1'), hardlink('ask2', 'ask')]);
    const target = contents.treeOf([file('same'), file('size', '22'), file('ask', '2'), hardlink('ask2', 'ask')]);
    const asked: number[] = [];
    const sameContent = (a: { readonly size: number }): boolean => asked.push(a.size) > 1;
    diffTrees(base, target, { sameContent });
    assert.deepEqual(asked, [1]);
  });

  void test('takes holes for zeros', () => {
    const holes = sparseFile('f', 2048, [{ offset: 512, data: 'x'.repeat(512) }]);
    const zeros = file('f', '\0'.repeat(512) + 'x'.repeat(512) + '\0'.repeat(1024));
    assert.deepEqual(shownDiff(diffBetween([holes], [zeros])), []);
  });

  void test('leaves ignored paths as they are in the base, and says where the base has something there', async () => {
    const before = [directory('run'), file('run/a', '1'), file('run/b'), file('keep', '1'), directory('proc')];
    const after = [directory('run', { mode: 0o700 }), file('run/c'), file('keep', '2'), file('proc2')];
    const isIgnored = (path: string): boolean => path === 'run' || path === 'proc';
    const diff = diffBetween(before, after, { isIgnored });
    assert.deepEqual(shownDiff(diff), ['~ keep (content)', '+ proc2']);
    assert.deepEqual(diff.ignored, ['proc', 'run']);
  });

  void test('knows no links to ignored names', () => {
    const before = [file('a', '1'), directory('run')];
    const after = [...before, hardlink('run/a', 'a'), hardlink('b', 'a'), hardlink('run/b', 'a')];
    const isIgnored = (path: string): boolean => path.startsWith('run/');
    assert.deepEqual(shownDiff(diffBetween(before, after, { isIgnored })), ['+ b', 'formed a b']);
  });

  void test('costs the size of the edit, not of the tree', () => {
    const contents = new Contents();
    const many = Array.from({ length: 200 }, (_, at) => Array.from({ length: 50 }, (_, of) => file(`${at}/${of}`)));
    const base = contents.treeOf(many.flat());
    const fork = applyLayer(base, contents.index(tarOf([file('7/7', 'new')])));
    let asked = 0;
    const isIgnored = (): boolean => asked++ < 0;
    const diff = diffTrees(base, fork, { sameContent: contents.same, isIgnored });
    assert.deepEqual(shownDiff(diff), ['~ 7/7 (content)']);
    assert.equal(asked, 3);
  });
});

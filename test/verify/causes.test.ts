import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, it } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import {
  charDevice,
  directory,
  file,
  hardlink,
  opaque,
  symlink,
  whiteout,
  type EntrySpec,
} from '../../src/testing/index.ts';
import { causeTable } from '../../src/verify/causes.ts';
import { verified, openInMemory, shownCause, type MemoryLayers } from './open-in-memory.ts';
import type { OpenTree } from '../../src/trees/index.ts';

/** What is said of each fault, in walk order. */
async function causes(image: MemoryLayers, tree: MemoryLayers | OpenTree): Promise<string[]> {
  const { faults } = await verified(image, tree);
  for (const { cause } of faults) if (cause) met.add(cause.hazard);
  return faults.map(shownCause);
}

/** Hazards that some test was about. */
const met = new Set<string>();

const group = (name: string): EntrySpec[] => [file(name, name), hardlink(`${name}-link`, name)];
const copies = (name: string): EntrySpec[] => [file(name, name), file(`${name}-link`, name)];
const later = 1_800_000_000;

void describe('the cause of split links', () => {
  void it('is whatever imports without links, where all are split and hold the same (C01)', async () => {
    const image = [[...group('a'), ...group('b')]];
    assert.deepEqual(await causes(image, [[...copies('a'), ...copies('b')]]), [
      'links-split a = a-link [C01 high]',
      'links-split b = b-link [C01 high]',
    ]);
    assert.deepEqual(await causes([group('a')], [copies('a')]), ['links-split a = a-link [C01 medium]']);
  });

  void it('is a copy-up, where one name was written to (C26)', async () => {
    const image = [[...group('a'), ...group('b')]];
    const written = [file('a', 'a'), file('a-link', 'A', { mtime: later }), ...group('b')];
    assert.deepEqual(await causes(image, [written]), [
      'links-split a = a-link [C26 high]',
      'content a-link [nobody]',
      'mtime a-link [nobody]',
    ]);
    assert.deepEqual(await causes(image, [[...copies('a'), ...group('b')]]), ['links-split a = a-link [C26 low]']);
    const alone = [file('a', 'a'), file('a-link', 'a', { mtime: later })];
    assert.deepEqual(await causes([group('a')], [alone]), [
      'links-split a = a-link [C26 high]',
      'mtime a-link [nobody]',
    ]);
  });

  void it('is that the names come from two layers (P08)', async () => {
    const image = [[file('a', 'a'), ...group('b')], [hardlink('z', 'a')]];
    const tree = [[file('a', 'a'), file('z', 'a'), ...group('b')]];
    assert.deepEqual(await causes(image, tree), ['links-split a = z [P08 medium]']);
  });

  void it('is nobody where the copies differ and all groups are split', async () => {
    const image = [[...group('a'), ...group('b')]];
    const tree = [[file('a', 'a'), file('a-link', 'x'), ...copies('b')]];
    assert.deepEqual(await causes(image, tree), [
      'links-split a = a-link [nobody]',
      'content a-link [C12 medium]',
      'links-split b = b-link [C01 high]',
    ]);
  });
});

void describe('the cause of missing names', () => {
  void it('is an absolute target (P01)', async () => {
    const image = [[file('bin/a', 'a'), hardlink('bin/b', '/bin/a'), ...group('c')]];
    assert.deepEqual(await causes(image, [[file('bin/a', 'a'), ...group('c')]]), ['links-missing bin/b [P01 high]']);
    const two = [[file('a', 'a'), hardlink('b', '/a'), hardlink('c', 'a')]];
    assert.deepEqual(await causes(two, [[file('a', 'a')]]), ['links-missing b = c [P01 medium]']);
  });

  void it('is a long target (P14)', async () => {
    const long = `${'d'.repeat(60)}/${'e'.repeat(60)}`;
    const image = [[file(long, 'a'), hardlink('b', long)]];
    assert.deepEqual(await causes(image, [[file(long, 'a')]]), ['links-missing b [P14 high]']);
  });

  void it('is a chain of links (P09)', async () => {
    const image = [[file('a', 'a'), hardlink('b', 'a'), hardlink('c', 'b')]];
    assert.deepEqual(await causes(image, [group('a').slice(0, 1).concat(hardlink('b', 'a'))]), [
      'links-missing c [P09 high]',
    ]);
  });

  void it('is whatever drops links (C01), the surer the more of them are gone', async () => {
    const image = [[...group('a'), ...group('b')]];
    assert.deepEqual(await causes(image, [[file('a', 'a'), file('b', 'b')]]), [
      'links-missing a-link [C01 medium]',
      'links-missing b-link [C01 medium]',
    ]);
    assert.deepEqual(await causes(image, [[file('a', 'a'), ...group('b')]]), ['links-missing a-link [C01 low]']);
  });

  void it('is a target that a later layer removes (C07)', async () => {
    const image = [[...group('a'), file('b', 'b')], [whiteout('a')]];
    assert.deepEqual(await causes(image, [[file('b', 'b')]]), ['missing a-link [C07 medium]']);
  });

  void it('is whoever leaves out devices (C32)', async () => {
    const image = [[charDevice('null', 1, 3), file('a', 'a')]];
    assert.deepEqual(await causes(image, [[file('a', 'a')]]), ['missing null [C32 medium]']);
  });

  void it('is nobody in particular', async () => {
    assert.deepEqual(await causes([[file('a', 'a'), file('b', 'b')]], [[file('b', 'b')]]), ['missing a [nobody]']);
  });
});

void describe('the cause of newer content under an old name', () => {
  const image = [group('a'), [file('a', 'new')]];

  void it('is layers laid newest first (C08)', async () => {
    assert.deepEqual(await causes(image, [[file('a', 'new'), hardlink('a-link', 'a')]]), [
      'links-merged a = a-link [C08 high]',
      'content a-link [C08 high]',
    ]);
    const same = [group('a'), [file('a', 'A')]];
    assert.deepEqual(await causes(same, [[file('a', 'A'), hardlink('a-link', 'a')]]), [
      'links-merged a = a-link [C08 high]',
      'content a-link [C08 high]',
    ]);
    assert.deepEqual(await causes(same, [[file('a', 'A'), file('a-link', 'A')]]), ['content a-link [C08 high]']);
  });

  void it('is less sure where no content was read', async () => {
    const { faults } = await verified(image, [[file('a', 'new'), hardlink('a-link', 'a')]], { quick: true });
    assert.deepEqual(faults.map(shownCause), ['links-merged a = a-link [C08 medium]', 'content a-link [C08 medium]']);
  });

  void it('is podman, in a container of it (P04)', async () => {
    const tree = openInMemory([[file('a', 'new'), hardlink('a-link', 'a')]], {
      container: { engine: 'podman', mounts: [] },
    });
    assert.deepEqual(await causes(image, tree), ['links-merged a = a-link [P04 high]', 'content a-link [P04 high]']);
  });

  void it('is something else where the content is another one', async () => {
    const same = [group('a'), [file('a', 'A')]];
    assert.deepEqual(await causes(same, [[file('a', 'A'), file('a-link', 'x')]]), ['content a-link [C12 medium]']);
  });
});

void describe('the cause of merged links', () => {
  void it('is the program that wrote an archive (C04), and nobody in a directory', async () => {
    const image = [[file('a', 'x'), file('b', 'x')]];
    const tree = [[file('a', 'x'), hardlink('b', 'a')]];
    assert.deepEqual(await causes(image, tree), ['links-merged a = b [C04 low]']);
    assert.deepEqual(await causes(image, openInMemory(tree, { live: {} as NonNullable<OpenTree['live']> })), [
      'links-merged a = b [nobody]',
    ]);
  });
});

void describe('the cause of absent layers', () => {
  const layers = [
    [file('a', 'a'), file('b', 'b'), file('old', 'old')],
    [file('c', 'c'), file('b', 'newer')],
    [file('d', 'd'), file('e', 'e'), whiteout('old')],
  ];

  void it('is a layer stack that was put together without the top (C13)', async () => {
    assert.deepEqual(await causes(layers, layers.slice(0, 2)), [
      'missing d [C13 medium]',
      'missing e [C13 medium]',
      'extra old [C13 medium]',
    ]);
  });

  void it('is a runtime that takes the bottom layer alone (C14)', async () => {
    assert.deepEqual(await causes(layers, layers.slice(0, 1)), [
      'content b [C14 high]',
      'missing c [C14 high]',
      'missing d [C14 high]',
      'missing e [C14 high]',
      'extra old [C14 high]',
    ]);
  });

  void it('is less sure of a layer with one file, and is none where somebody just removed that', async () => {
    const image = [[file('a', 'a')], [directory('d/'), file('d/b', 'b')]];
    assert.deepEqual(await causes(image, image.slice(0, 1)), ['missing d [C13 low]', 'missing d/b [C13 low]']);
    const removed = [[file('a', 'a'), directory('d/', { mtime: later })]];
    assert.deepEqual(await causes(image, removed), ['mtime d [nobody]', 'missing d/b [nobody]']);
  });

  void it('covers links of these layers, and not what is wrong below', async () => {
    const image = [
      [file('a', 'a'), file('b', 'b')],
      [hardlink('c', 'a'), file('d', 'd')],
    ];
    assert.deepEqual(await causes(image, [[file('a', 'a'), file('b', 'b', { mode: 0o600 })]]), [
      'mode b [nobody]',
      'links-missing c [C13 low]',
      'missing d [C13 low]',
    ]);
  });

  void it('is none where something of the layer is there, or nothing of the image is', async () => {
    assert.deepEqual(await causes(layers, [...layers.slice(0, 2), [file('d', 'd'), whiteout('old')]]), [
      'missing e [nobody]',
    ]);
    assert.deepEqual(await causes([[file('a', 'a')], [file('b', 'b')]], [[]]), [
      'missing a [nobody]',
      'missing b [nobody]',
    ]);
  });
});

void describe('the cause of what the image removes', () => {
  const below = [directory('d/'), file('d/a', 'a'), file('d/b', 'b'), file('c', 'c')];

  void it('is that whiteouts were not acted on (C16)', async () => {
    const image = [below, [whiteout('d/a'), whiteout('c')]];
    assert.deepEqual(await causes(image, [below]), ['extra c [C16 high]', 'extra d/a [C16 high]']);
    const emptied = [below, [directory('d/'), opaque('d')]];
    assert.deepEqual(await causes(emptied, [below]), ['extra d/a [C16 high]', 'extra d/b [C16 high]']);
    const removed = [below, [whiteout('d')]];
    assert.deepEqual(await causes(removed, [below]), [
      'extra d [C16 high]',
      'extra d/a [C16 high]',
      'extra d/b [C16 high]',
    ]);
  });

  void it('is less sure where something else stands there', async () => {
    const image = [below, [whiteout('c')]];
    assert.deepEqual(await causes(image, [[...below.slice(0, 3), file('c', 'other')]]), ['extra c [C16 low]']);
  });

  void it('shows in whiteouts that became files (C16)', async () => {
    const image = [below, [whiteout('c')]];
    // No layer can give such a name: it stands in a live tree.
    const marker = [...below.slice(0, 3), file('c', 'c')];
    const tree = openInMemory([marker]);
    const renamed = new Map(
      [...(tree.tree.root.children ?? [])].map(([name, child]) => [name === 'c' ? fromText('.wh.c') : name, child]),
    );
    const { root, ...rest } = tree.tree;
    const live = {
      ...tree,
      tree: { ...rest, root: Object.assign(Object.create(root) as typeof root, { children: renamed }) },
    };
    assert.deepEqual(await causes(image, live), ['extra .wh.c [C16 high]']);
  });

  void it('is nobody where no layer ever had it', async () => {
    assert.deepEqual(await causes([below], [[...below, file('new', 'new')]]), ['extra new [nobody]']);
  });
});

void describe('the cause of wrong content', () => {
  const image = [[file('a', 'whole')]];

  void it('is damage, where nobody wrote to it (C12, C15)', async () => {
    assert.deepEqual(await causes(image, [[file('a', 'WHOLE')]]), ['content a [C12 medium]']);
    assert.deepEqual(await causes(image, [[file('a', 'who')]]), ['content a [C15 medium]']);
    assert.deepEqual(await causes(image, [[file('a', '')]]), ['content a [C15 medium]']);
  });

  void it('is nobody, where somebody wrote to it', async () => {
    assert.deepEqual(await causes(image, [[file('a', 'WHOLE', { mtime: later })]]), [
      'content a [nobody]',
      'mtime a [nobody]',
    ]);
    assert.deepEqual(await causes(image, [[file('a', 'whole and more')]]), ['content a [nobody]']);
  });
});

void describe('the cause of another kind', () => {
  void it('is that two links became symbolic links to each other (C09)', async () => {
    const image = [[file('bin/a', 'a'), hardlink('bin/b', 'bin/a')]];
    const tree = [[symlink('bin/a', 'b'), symlink('bin/b', '/bin/./a')]];
    assert.deepEqual(await causes(image, tree), ['kind bin/a [C09 high]', 'kind bin/b [C09 high]']);
  });

  void it('is that links became symbolic links (C22)', async () => {
    assert.deepEqual(await causes([group('a')], [[file('a', 'a'), symlink('a-link', 'a')]]), [
      'kind a-link [C22 medium]',
    ]);
    assert.deepEqual(await causes([[file('a', 'a')]], [[symlink('a', 'b')]]), ['kind a [nobody]']);
  });

  void it('is a directory that a layer replaces by a link (P15)', async () => {
    const image = [[directory('lib/')], [symlink('lib', 'usr/lib')]];
    assert.deepEqual(await causes(image, [[directory('lib/')]]), ['kind lib [P15 medium]']);
  });

  void it('is a layer that does not list the directory of what it has (P29)', async () => {
    const tmp = (facts: Parameters<typeof directory>[1] = {}): EntrySpec => directory('tmp/', facts);
    const below = [directory('./'), tmp({ mode: 0o1777, uid: 7, xattrs: { 'user.a': '1' } }), directory('srv/')];
    const image = [below, [file('tmp/x', 'x')]];
    const anew = (...more: readonly EntrySpec[]): MemoryLayers => {
      return [[directory('./'), tmp({ mtime: later }), file('tmp/x', 'x'), directory('srv/'), ...more]];
    };
    assert.deepEqual(await causes(image, anew()), [
      'mode tmp [P29 high]',
      'owner tmp [P29 high]',
      'mtime tmp [P29 medium]',
      'xattr tmp [P29 high]',
    ]);
    assert.ok((await causes(image, anew(file('tmp/new', '')))).includes('mtime tmp [nobody]'));
    const listed = [below, [tmp({ mode: 0o1777 }), file('tmp/x', 'x')]];
    assert.deepEqual(await causes(listed, anew()), ['mode tmp [nobody]', 'mtime tmp [nobody]']);
    const other = [[...below.slice(0, 2), file('tmp/x', 'x'), directory('srv/', { mode: 0o700 })]];
    assert.deepEqual(await causes(image, other), ['mode srv [nobody]']);
  });

  void it('is a link that was not followed (P20)', async () => {
    const image = [[symlink('bin', 'usr/bin')]];
    assert.deepEqual(await causes(image, [[directory('bin/'), file('bin/tmate', '')]]), [
      'kind bin [P20 medium]',
      'extra bin/tmate [nobody]',
    ]);
  });
});

void describe('the cause of lost xattrs', () => {
  void it('is whoever does not carry capabilities over (P18)', async () => {
    const image = [[file('ping', 'x', { xattrs: { 'security.capability': '1', 'user.a': '1' } })]];
    assert.deepEqual(await causes(image, [[file('ping', 'x', { xattrs: { 'user.a': '1' } })]]), [
      'xattr ping [P18 high]',
    ]);
    assert.deepEqual(await causes(image, [[file('ping', 'x', { xattrs: { 'security.capability': '1' } })]]), [
      'xattr ping [nobody]',
    ]);
  });
});

void describe('the table of causes', () => {
  void it('has a test for each hazard', () => {
    assert.deepEqual(
      [...new Set(causeTable.map(({ hazard }) => hazard))].filter((hazard) => !met.has(hazard)),
      [],
    );
  });

  void it('says one sentence of each, and of what it can be the cause', () => {
    for (const { text, kinds, hazard } of causeTable) {
      assert.match(hazard, /^[CP]\d\d$/);
      assert.doesNotMatch(text, /^[A-Z]|\.$/);
      assert.ok(kinds.length > 0);
    }
  });

  void it('is the one in the documents', () => {
    const document = fs.readFileSync(new URL('../../docs/verify.md', import.meta.url), 'utf8');
    const rows = causeTable.map(({ hazard, kinds, text }) => {
      const of = kinds.length > 6 ? 'any' : kinds.map((kind) => `\`${kind}\``).join(', ');
      return `| ${hazard} | ${of} | ${text} |`;
    });
    assert.ok(document.includes(`\n${rows.join('\n')}\n`), rows.join('\n'));
  });
});

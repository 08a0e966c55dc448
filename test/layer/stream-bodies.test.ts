import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import { layerRange, streamBodies, writeLayer } from '../../src/layer/index.ts';
import { directory, type EntrySpec, file, sparseFile, tarOf } from '../../src/testing/index.ts';
import { applyLayers, copyInto, type EntryTable, flatPlan } from '../../src/tree/index.ts';
import { assertSameTree, expectedListing } from '../cases/index.ts';
import { Contents } from '../tree/contents.ts';

let scratch = '';
before(() => (scratch = mkdtempSync(join(tmpdir(), 'holdfast-bodies-'))));
after(() => rmSync(scratch, { recursive: true }));

void suite('bodies of open layers', () => {
  void test('are found by table where a tree is made of several images', async () => {
    const contents = new Contents();
    const files = new Map<EntryTable, number>();
    const open = (entries: readonly EntrySpec[]): EntryTable => {
      const table = contents.indexOf(entries);
      const name = join(scratch, String(files.size));
      writeFileSync(name, tarOf(entries));
      files.set(table, openSync(name, 'r'));
      return table;
    };
    const base = applyLayers([open([directory('a'), file('a/big', 'x'.repeat(3_000_000))]), open([file('b', 'b')])]);
    const holes = sparseFile('s', 100_000, [{ offset: 512, data: 'y'.repeat(512) }]);
    const from = applyLayers([open([holes, file('c', 'c')])]);
    const { tree } = copyInto(base, { from, sources: [fromText('/')], dest: fromText('a') });
    const parts: Uint8Array[] = [];
    await writeLayer(
      flatPlan(tree),
      streamBodies((inode) => layerRange(inode, ({ table }) => files.get(table))),
      async (chunks) => {
        for await (const chunk of chunks) parts.push(chunk);
      },
      { compression: 'none' },
    );
    for (const descriptor of files.values()) closeSync(descriptor);
    const written = contents.index(Buffer.concat(parts));
    assertSameTree(
      contents.listing(applyLayers([written])),
      expectedListing([
        directory('a'),
        file('a/big', 'x'.repeat(3_000_000)),
        file('b', 'b'),
        sparseFile('a/s', 100_000, [{ offset: 512, data: 'y'.repeat(512) }]),
        file('a/c', 'c'),
      ]),
    );
  });

  void test('of a layer that is not open are a bug', () => {
    const [inode] = [...(applyLayers([new Contents().indexOf([file('a', '1')])]).root.children ?? [])].map(
      ([, one]) => one,
    );
    assert.ok(inode);
    assert.throws(() => layerRange(inode, () => undefined), { code: 'BUG' });
  });
});

/** Shapes that cost a careless reader the square of their size. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import * as fc from 'fast-check';
import { audit, type AuditResult } from '../../src/audit/index.ts';
import { circularLinks } from '../../src/audit/circular-links.ts';
import { type ByteString, isHoldfastError } from '../../src/base/index.ts';
import {
  directory,
  type EntrySpec,
  file,
  hardlink,
  imageOf,
  layerOf,
  opaque,
  symlink,
  tarOf,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { applyLayers, resolvePath, type Tree, walk } from '../../src/tree/index.ts';
import { indexLayer } from '../cases/apply-in-memory.ts';
import { scratch } from '../inspect/example.ts';
import { anyStack } from '../tree/any-stack.ts';

const many = 20_000;
const numbers = Array.from({ length: many }, (_, at) => at);

async function audited(t: TestContext, ...layers: readonly (readonly EntrySpec[])[]): Promise<AuditResult> {
  const layout = path.join(scratch(t), 'images');
  writeLayout(layout, { odd: imageOf(layers.map((entries) => layerOf(entries))) });
  return await audit([`oci:${layout}:odd`]);
}

function found({ findings }: AuditResult, id: string): number {
  return findings.find(({ rule }) => rule === id)?.paths.length ?? 0;
}

void suite('an audit takes time in proportion to the image', () => {
  void test('for a chain of links that ends in a circle, and one that does not', async (t) => {
    const chain = (to: string): EntrySpec[] =>
      numbers.map((at) => symlink(`l${at}`, at + 1 < many ? `l${at + 1}` : to));
    assert.equal(found(await audited(t, chain('l0')), 'P17'), many);
    assert.equal(found(await audited(t, [...chain('end'), file('end')]), 'P17'), 0);
    const wide = numbers.slice(0, 500).map((at) =>
      symlink(
        `l${at}`,
        at === 0
          ? 'l0'
          : Array(100)
              .fill(`l${at - 1}/..`)
              .join('/'),
      ),
    );
    assert.equal(found(await audited(t, wide), 'P17'), 500);
  });

  void test('for one name many times, as a link to another that is there many times', async (t) => {
    const links = numbers.flatMap(() => [hardlink('b', 'a'), hardlink('c', 'b')]);
    const result = await audited(t, [file('a'), ...links]);
    assert.equal(found(result, 'P09'), 1);
    assert.equal(found(result, 'P26'), 2);
  });

  void test('for a link group that is written again as it is', async (t) => {
    const group = [file('a', 'x'), ...numbers.map((at) => hardlink(`l${at}`, 'a'))];
    assert.equal(found(await audited(t, group, group), 'P03'), 0);
    assert.equal(found(await audited(t, group, [...group, hardlink('new', 'a')]), 'P03'), many + 1);
  });

  void test('for many markers on the same names, and on directories inside one another', async (t) => {
    const deep = Array.from({ length: 200 }, (_, at) => 'd/'.repeat(at + 1));
    const below = [...deep.map((name) => directory(name)), ...numbers.map((at) => file(`${deep.at(-1)}${at}`))];
    const linked = [...below, hardlink('kept', `${deep.at(-1)}0`)];
    const markers = deep.flatMap((name) => numbers.slice(0, 50).map(() => opaque(name)));
    const result = await audited(t, linked, [...markers, ...deep.map((name) => whiteout(name.slice(0, -1)))]);
    assert.equal(found(result, 'C07'), 1);
  });
});

void test('a link in a circle is one that nobody can follow', () => {
  fc.assert(
    fc.property(anyStack(), (layers) => {
      const tables = layers.map((entries) => indexLayer(tarOf(entries)).table);
      const tree = applyLayers(tables, { onRefused: () => {} });
      const circles = new Set([...circularLinks(tree)].map((circle) => circle.path));
      for (const entry of walk(tree)) {
        if (entry.inode.kind !== 'symlink') continue;
        const ends = outcome(tree, entry.path);
        if (circles.has(entry.path)) assert.equal(ends, 'loop', entry.path);
      }
    }),
    { numRuns: 200 },
  );
});

function outcome(tree: Tree, link: ByteString): string {
  try {
    resolvePath(tree, link, { followLast: true });
    return 'found';
  } catch (error) {
    if (isHoldfastError(error, 'PATH_NOT_FOUND')) return error.data.reason;
    throw error;
  }
}

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ErrorCode, fromText, isHoldfastError } from '../../src/base/index.ts';
import { directory, type EntrySpec, file, hardlink, symlink, tarOf, whiteout } from '../../src/testing/index.ts';
import { applyLayers, copyInto, emptyTree } from '../../src/tree/index.ts';
import { applyInMemory, indexLayer } from '../cases/apply-in-memory.ts';
import { assertSameTree, expectedListing } from '../cases/index.ts';

function assertRefused(code: ErrorCode, run: () => unknown): void {
  assert.throws(run, (error) => isHoldfastError(error, code));
}

void suite('directories that the text of a link implies', () => {
  void test('have names that a file system can hold', () => {
    const layer = [symlink('s', `d/${'n'.repeat(256)}`), file('s/x')];
    assertRefused('NAME_TOO_LONG', () => applyInMemory([tarOf(layer)]));
  });

  void test('have names that are not reserved for whiteouts', () => {
    assertRefused('NAME_RESERVED', () => applyInMemory([tarOf([symlink('s', 'd/.wh.a'), file('s/x')])]));
  });
});

void suite('the limit of entries', () => {
  const deep = (count: number): EntrySpec[] =>
    Array.from({ length: count }, (_, number) => file(`${number}/${'d/'.repeat(98)}f`));

  void test('counts the directories that names imply', () => {
    const { table } = indexLayer(tarOf(deep(10)));
    assert.doesNotThrow(() => applyLayers([table], { limits: { maxDepth: 1024, maxEntries: 1000 } }));
    assertRefused('LIMIT_EXCEEDED', () => applyLayers([table], { limits: { maxDepth: 1024, maxEntries: 999 } }));
  });

  void test('counts them over all layers', () => {
    const layers = [deep(5), [whiteout('0'), ...deep(1)]];
    const tables = layers.map((layer) => indexLayer(tarOf(layer)).table);
    assert.doesNotThrow(() => applyLayers(tables, { limits: { maxDepth: 1024, maxEntries: 601 } }));
    assertRefused('LIMIT_EXCEEDED', () => applyLayers(tables, { limits: { maxDepth: 1024, maxEntries: 600 } }));
  });
});

void suite('the work of following links', () => {
  const links = Array.from({ length: 39 }, (_, at) =>
    symlink(`l${at}`, `${'x/../'.repeat(800)}${at === 0 ? 'd' : `l${at - 1}`}`),
  );
  const through = (count: number): EntrySpec[] => Array.from({ length: count }, (_, at) => file(`l38/${at}`));

  void test('is bounded, whether entries, link targets or markers make it', () => {
    const hidden = Array.from({ length: 20 }, (_, at) => whiteout(`l38/x${at}`));
    for (const layer of [through(20), [file('a'), hardlink('l38/b', 'a'), ...through(20)], hidden]) {
      const table = indexLayer(tarOf([...links, ...layer])).table;
      assert.doesNotThrow(() => applyLayers([table]));
      assertRefused('LIMIT_EXCEEDED', () => applyLayers([table], { limits: { maxDepth: 1024, maxEntries: 60_000 } }));
    }
  });

  void test('is no matter for what a real image has', () => {
    const layer = [symlink('bin', 'usr/bin'), ...Array.from({ length: 1000 }, (_, at) => file(`bin/${at}`))];
    const { table } = indexLayer(tarOf(layer));
    assert.doesNotThrow(() => applyLayers([table], { limits: { maxDepth: 1024, maxEntries: 1003 } }));
  });
});

void suite('a conflict with what a marker of the layer removes', () => {
  void test('is none, also where another marker stands behind a link placed there', () => {
    const layers = [
      [directory('d', { mtime: 1 }), symlink('s', 'd'), file('e/x'), file('e/y')],
      [whiteout('s'), symlink('s/t', '../e'), whiteout('s/t/x')],
    ];
    const expected = [directory('d', { mtime: 1 }), symlink('s/t', '../e'), file('e/y')];
    for (const policy of ['replace', 'error'] as const) {
      assertSameTree(applyInMemory(layers.map(tarOf), policy).listing, expectedListing(expected));
    }
  });
});

void suite('the work of a copy', () => {
  const links = Array.from({ length: 60 }, (_, at) => symlink(`l${at}`, '/'));
  const copy = (entries: readonly EntrySpec[], sources: string, maxEntries: number) => {
    const from = applyLayers([indexLayer(tarOf(entries)).table]);
    const request = { from, sources: [fromText(sources)], dest: fromText('/to/') };
    return copyInto(emptyTree, { ...request, limits: { maxDepth: 1024, maxEntries } });
  };

  void test('is bounded where a glob goes through links, or the same is found again and again', () => {
    assertRefused('LIMIT_EXCEEDED', () => copy(links, '*/*/*', 1000));
    assertRefused('LIMIT_EXCEEDED', () => copy(links, 'l*/l*', 1000));
    assert.doesNotThrow(() => copy([...links, file('d/f')], '*/d/f', 1000));
    const chain = [file(`${'a/'.repeat(1000)}f`), file('f')];
    assert.doesNotThrow(() => copy(chain, '**/a/**/a/**/f', 1_000_000));
    const long = Array.from({ length: 39 }, (_, at) =>
      symlink(`m${at}`, `${'x/../'.repeat(800)}${at === 0 ? 'd' : `m${at - 1}`}`),
    );
    const many = [directory('x'), ...long, ...Array.from({ length: 100 }, (_, at) => file(`d/${at}`))];
    assertRefused('LIMIT_EXCEEDED', () => copy(many, 'm38/*', 10_000));
  });

  void test('is bounded where many links lead to the same directory', () => {
    const entries = [...links, ...Array.from({ length: 50 }, (_, at) => file(`d/${at}`))];
    assertRefused('LIMIT_EXCEEDED', () => copy(entries, 'l*', 1000));
  });

  void test('is no matter for what a real image has', () => {
    const entries = Array.from({ length: 900 }, (_, at) => file(`d${at % 30}/${at}.txt`));
    assert.doesNotThrow(() => copy(entries, '**/*.txt', 1000));
  });
});

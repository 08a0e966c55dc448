import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isHoldfastError, type NoteCode } from '../../src/base/index.ts';
import { applyInMemory } from './apply-in-memory.ts';
import { type ApplyCase, applyCases, assertSameTree, expectedListing, layerTar } from './index.ts';

void suite('applying layers in memory', () => {
  for (const given of applyCases) void test(`${given.id}: ${given.title}`, () => check(given));

  void test('every case has an id of its own', () => {
    assert.equal(new Set(applyCases.map(({ id }) => id)).size, applyCases.length);
  });
});

function check({ layers, onConflict, expect, notes = [] }: ApplyCase): void {
  const apply = () => applyInMemory(layers.map(layerTar), onConflict);
  if ('error' in expect) {
    assert.throws(apply, (error) => {
      assert.ok(isHoldfastError(error), String(error));
      assert.equal(error.code, expect.error, error.message);
      return true;
    });
    return;
  }
  const applied = apply();
  assertSameTree(applied.listing, expectedListing(expect.tree));
  const noted = new Set<NoteCode>(applied.notes.map(({ code }) => code));
  for (const code of notes)
    assert.ok(noted.has(code), `${code} is noted; there is ${[...noted].join(', ') || 'nothing'}`);
}

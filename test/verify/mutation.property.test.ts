/** Nothing wrong gives no fault; any one thing wrong gives exactly the faults for it. */
import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import * as fc from 'fast-check';
import { fifo } from '../../src/testing/index.ts';
import type { KnownFacts } from '../../src/tree/index.ts';
import { anyEdit, shownEdit } from '../tree/any-edit.ts';
import type { Model } from '../tree/model.ts';
import { anyMutation, type Mutation } from './any-mutation.ts';
import { type MemoryLayers, openInMemory, shownFault, verified } from './open-in-memory.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);

/** With a time that shows that fractions of seconds are not cut off. */
function layersOf(model: Model, order?: (path: string) => number): MemoryLayers {
  return [[...model.entries(order), fifo('exact', { mtime: { seconds: 1, nanoseconds: 1 } })]];
}

async function faultsOf(before: Model, after: Model): Promise<readonly string[]> {
  const { ok, faults } = await verified(layersOf(before), layersOf(after));
  assert.equal(ok, faults.length === 0);
  return faults.map(shownFault).sort();
}

function shownMutation({ name, before, after, faults }: Mutation): string {
  return `${shownEdit({ before, after, steps: [] })}\n${name}: ${faults.join('; ')}`;
}

void suite('verifying a tree', () => {
  void test('finds nothing where nothing is wrong', () =>
    fc.assert(
      fc.asyncProperty(anyEdit({ odd: true, privileged: true }), fc.nat(), async ({ after }, seed) => {
        assert.deepEqual(await faultsOf(after, after), []);
        const other = layersOf(after, (path) => (path.length * 7 + seed) % 5);
        const { ok, faults } = await verified(layersOf(after), other);
        assert.deepEqual([ok, faults], [true, []]);
      }),
      { numRuns: 500 * factor },
    ));

  void test('names every single thing that is wrong, and nothing else', () =>
    fc.assert(
      fc.asyncProperty(anyMutation(), async (mutation) => {
        try {
          assert.deepEqual(await faultsOf(mutation.before, mutation.after), mutation.faults);
        } catch (error) {
          throw new Error(shownMutation(mutation), { cause: error });
        }
      }),
      { numRuns: 4000 * factor },
    ));

  void test('is right about several things at once: what is the same has no fault, what differs has one', () =>
    fc.assert(
      fc.asyncProperty(anyEdit({ odd: true, privileged: true }), async (edit) => {
        const found = await faultsOf(edit.before, edit.after);
        const isSame = isDeepStrictEqual(edit.before.listing(), edit.after.listing());
        assert.equal(found.length === 0, isSame, shownEdit(edit));
      }),
      { numRuns: 1500 * factor },
    ));

  void test('says nothing of what one of the two cannot know', () =>
    fc.assert(
      fc.asyncProperty(anyEdit({ odd: true, privileged: true }), anyFacts(), async (edit, facts) => {
        const [image, tree] = [layersOf(edit.before), layersOf(edit.after)];
        const all = await verified(image, tree);
        const some = await verified(image, openInMemory(tree, { facts }));
        const expected = all.faults.filter((fault) => isKnown(fault.kind, facts, fault));
        assert.deepEqual(some.faults.map(shownFault), expected.map(shownFault), shownEdit(edit));
      }),
      { numRuns: 800 * factor },
    ));
});

const noFacts: KnownFacts = {
  content: false,
  size: false,
  mode: false,
  symlinkMode: false,
  owner: false,
  mtime: false,
  nanoseconds: true,
  xattrs: false,
  device: false,
};

function anyFacts(): fc.Arbitrary<KnownFacts> {
  const names = fc.subarray(Object.keys(noFacts) as (keyof KnownFacts)[]);
  return names
    .map((known) => ({ ...noFacts, ...Object.fromEntries(known.map((name) => [name, true])) }))
    .map((facts) => ({ ...facts, symlinkMode: facts.mode }));
}

type Found = Awaited<ReturnType<typeof verified>>['faults'][number];

function isKnown(kind: Found['kind'], facts: KnownFacts, { expected, found }: Found): boolean {
  switch (kind) {
    case 'content':
      return expected?.size === found?.size ? facts.content : facts.size;
    case 'mode':
      return facts.mode;
    case 'owner':
      return facts.owner;
    case 'mtime':
      return facts.mtime;
    case 'xattr':
      return facts.xattrs !== false;
    case 'device':
      return facts.device;
    default:
      return true;
  }
}

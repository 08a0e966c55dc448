/** One input through every way out of the engine, beside the canary. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { defaultLimits, fromText, isHoldfastError, type NoteCode } from '../../src/base/index.ts';
import { exportToFile } from '../../src/export/index.ts';
import { type Image, openImage } from '../../src/image/index.ts';
import { validate } from '../../src/inspect/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory, listingOfTar, type TreeListing } from '../cases/index.ts';
import type { HostileInput, Refusal } from './hostile-row.ts';
import { withInput, writeInput } from './open-input.ts';
import { assertOutsideUnchanged, indexCache, removeAll, stateOfOutside, targetParent } from './outside.ts';

export const target = join(targetParent, 'target');
const archive = join(targetParent, 'export.tar');
const extracted = join(targetParent, 'extracted');

const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

/** What one way came to. */
interface Finished {
  readonly notes: readonly { readonly code: NoteCode }[];
}

/** Unpacks and compares the directory, or finds it refused with nothing left. */
export async function checkUnpack(input: HostileInput): Promise<void> {
  removeAll(indexCache);
  const reference = writeInput(input);
  const way = {
    name: 'unpack',
    makes: ['.target.holdfast', 'target'],
    run: async () => withImage(input, reference, (image, options) => unpack(image, target, options)),
    listing: () => listingOfDirectory(target),
    notes: input.notesOnDisk,
  };
  const outcome = input.onDisk ?? input.expect;
  await checkWay(input, outcome, way);
  // Once more, now with what the first run put into the index cache.
  if (isIndexKnown()) await checkWay(input, outcome, { ...way, name: 'unpack with a known index' });
}

/** Exports and compares the archive and what GNU tar makes of it; `validate` is of the same opinion. */
export async function checkExport(input: HostileInput): Promise<void> {
  const reference = writeInput(input);
  await checkWay(input, input.expect, {
    name: 'export',
    makes: ['export.tar'],
    run: async () => withImage(input, reference, (image, options) => exportToFile(image, archive, options)),
    listing: () => listingOfTar(archive),
    also: () => checkExtracted(input),
  });
  if (input.isArtifact) return;
  await checkWay(input, input.expect, {
    name: 'validate',
    makes: [],
    run: async () => {
      const limits = limitsOf(input);
      return await withInput(input, reference, async (opened, options) => {
        const { images } = await validate(opened, { ...options, limits });
        return { notes: images.flatMap(({ notes }) => notes) };
      });
    },
  });
}

interface Way {
  readonly name: string;
  /** What it leaves in the parent of the target when all is well. */
  readonly makes: readonly string[];
  readonly run: () => Promise<Finished>;
  readonly listing?: () => TreeListing;
  /** What is noted this way only. */
  readonly notes?: readonly NoteCode[] | undefined;
  readonly also?: () => void;
}

async function checkWay(input: HostileInput, outcome: HostileInput['expect'], way: Way): Promise<void> {
  const before = stateOfOutside();
  try {
    if ('error' in outcome) {
      await assertRefused(way, outcome);
      assert.deepEqual(namesInParent(), ['outside'], `${way.name} leaves nothing behind`);
    } else {
      const { notes } = await way.run();
      assert.deepEqual(namesInParent(), [...way.makes, 'outside'].sort(), `${way.name} leaves what it says`);
      if (way.listing) assertSameTree(way.listing(), expectedListing(outcome.tree), way.name);
      assertNoted(way, notes, [...(input.notes ?? []), ...(way.notes ?? [])]);
      way.also?.();
    }
  } finally {
    for (const name of namesInParent()) if (name !== 'outside') removeAll(join(targetParent, name));
    assertOutsideUnchanged(before, way.name);
  }
}

async function assertRefused(way: Way, { error: code, says = /./ }: Refusal): Promise<void> {
  await assert.rejects(way.run(), (error) => {
    assert.ok(isHoldfastError(error), error instanceof Error ? error.stack : String(error));
    assert.equal(error.code, code, `${way.name}: ${error.message}`);
    assert.match(`${error.message}\n${error.hint ?? ''}`, says);
    assert.doesNotMatch(error.message + (error.hint ?? ''), unprintable, 'what comes from the image is escaped');
    return true;
  });
}

function assertNoted(way: Way, notes: Finished['notes'], expected: readonly NoteCode[]): void {
  const noted = new Set(notes.map(({ code }) => code));
  for (const code of expected) {
    assert.ok(noted.has(code), `${way.name} notes ${code}; there is ${[...noted].join(', ') || 'nothing'}`);
  }
}

/** The archive in the hands of an extractor that trusts every name. */
function checkExtracted(input: HostileInput): void {
  if (process.getuid?.() !== 0 || input.notForGnuTar !== undefined || !('tree' in input.expect)) return;
  fs.mkdirSync(extracted);
  const flags = ['--xattrs', '--xattrs-include=*', '--numeric-owner', '--same-owner', '--delay-directory-restore'];
  const { status, stderr } = spawnSync('tar', ['-xpf', archive, '-C', extracted, ...flags], { encoding: 'utf8' });
  assert.equal(status, 0, `GNU tar: ${stderr}`);
  const expected = new Map(expectedListing(input.expect.tree));
  const actual = new Map(listingOfDirectory(extracted));
  // A root with the implied attributes is not in the archive; the directory keeps its own.
  const saysRoot = input.expect.tree.some(({ name }) => name === '.');
  for (const listing of saysRoot ? [] : [actual, expected]) listing.delete(fromText('.'));
  assertSameTree(actual, expected, 'the extracted export');
}

async function withImage<Result>(
  input: HostileInput,
  reference: string,
  use: (image: Image, options: { limits: ReturnType<typeof limitsOf> }) => Promise<Result>,
): Promise<Result> {
  const limits = limitsOf(input);
  return await withInput(input, reference, async (opened, options) => {
    await using image = await openImage(opened, { ...options, limits });
    return await use(image, { limits });
  });
}

function limitsOf(input: HostileInput) {
  return { ...defaultLimits, ...input.limits };
}

/** Layers that could not be read leave no index. */
function isIndexKnown(): boolean {
  return fs.existsSync(indexCache) && fs.readdirSync(indexCache).length > 0;
}

function namesInParent(): string[] {
  return fs.readdirSync(targetParent).sort();
}

/** J1: a process that exchanges names for links while images are unpacked. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { HoldfastError } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import {
  directory,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  imageOf,
  layerOf,
  symlink,
  writeLayout,
} from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import {
  assertOutsideUnchanged,
  makeOutside,
  outside,
  removeAll,
  removeWorld,
  stateOfOutside,
  targetParent,
  world,
} from './outside.ts';

const hasPython = spawnSync('python3', ['--version']).status === 0;
const raceMs = 2000;

before(makeOutside);
after(removeWorld);

const modes = { mode: 0o7777, mtime: 1, uid: 1000, gid: 1000 };

const count = 300;

/** What is raced for; the decoy is what it is exchanged with. */
const races: readonly { title: string; decoy: string; make: (name: string, index: number) => readonly EntrySpec[] }[] =
  [
    {
      title: 'directories',
      decoy: 'dir',
      make: (name) => [directory(name, modes), file(`${name}/file`, 'gotcha', modes)],
    },
    {
      title: 'files, links and pipes',
      decoy: 'file',
      make: (name, index) =>
        [
          [file(name, 'gotcha', modes)],
          [fifo(name, modes)],
          [file(name, '', modes)],
          [symlink(name, 'x', modes)],
          [file(name, 'gotcha', modes), hardlink(`other-${name}`, name)],
        ][index % 5] ?? [],
    },
  ];

const decoys = join(world, 'decoys');
const nameOf = (index: number): string => `n${String(index).padStart(4, '0')}`;

void suite('J1: a racing process', { skip: hasPython ? false : 'python3 is needed to race' }, () => {
  for (const { title, decoy, make } of races) {
    void test(`changes nothing outside through ${title}`, () =>
      race(Array.from({ length: count }, (_, index) => make(nameOf(index), index)).flat(), decoy));
  }

  void test('would be noticed: a writer that goes by paths writes outside', async () => {
    const victim = join(world, 'victim');
    const naive = join(targetParent, '.target-naive');
    fs.mkdirSync(victim);
    const flipper = await startFlipper(victim, 100_000);
    const end = Date.now() + 60_000;
    while (fs.readdirSync(victim).length === 0 && Date.now() < end) {
      fs.mkdirSync(naive, { recursive: true });
      for (let index = 0; index < count; index++) writeNaively(join(naive, nameOf(index)));
      spawnSync('rm', ['-rf', '--', naive]);
    }
    await stopFlipper(flipper);
    assert.notDeepEqual(fs.readdirSync(victim), []);
  });
});

function writeNaively(directory: string): void {
  attempt(() => fs.mkdirSync(directory));
  for (let index = 0; index < 20; index++) attempt(() => fs.writeFileSync(join(directory, `f${index}`), 'x'));
}

function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // What was made is elsewhere at the moment.
  }
}

async function race(entries: readonly EntrySpec[], decoy: string): Promise<void> {
  const layout = join(world, 'image');
  removeAll(layout);
  writeLayout(layout, { latest: imageOf([layerOf(entries)]) });
  const before = stateOfOutside();
  const flipper = await startFlipper(join(outside, decoy));
  let [runs, finished] = [0, 0];
  try {
    for (const end = Date.now() + raceMs; Date.now() < end;) finished += await unpackOnce(layout, runs++);
  } finally {
    const exchanged = await stopFlipper(flipper);
    removeSafely('target-');
    assertOutsideUnchanged(before, `after ${exchanged} exchanges, with ${finished} of ${runs} unpacks complete`);
  }
}

/** An unpack may fail under attack, but only with an error that has a code. */
async function unpackOnce(layout: string, number: number): Promise<number> {
  try {
    await using image = await openImage(`oci:${layout}:latest`);
    await unpack(image, join(targetParent, `target-${number}`), { allowLossy: true, record: false });
    return 1;
  } catch (error) {
    assert.ok(
      error instanceof HoldfastError && error.code !== 'BUG',
      error instanceof Error ? error.stack : String(error),
    );
    removeSafely('.target-');
    return 0;
  }
}

/** Node's own removal goes by paths, and would lose this race. */
function removeSafely(prefix: string): void {
  const names = fs.readdirSync(targetParent).filter((name) => name.startsWith(prefix));
  spawnSync('rm', ['-rf', '--', ...names.map((name) => join(targetParent, name))]);
}

async function startFlipper(victim: string, hold = 1500): Promise<ChildProcess> {
  const script = join(import.meta.dirname, 'flip.py');
  fs.mkdirSync(decoys);
  const names = [targetParent, '.target-', String(count), victim, decoys, String(hold)];
  const flipper = spawn('python3', [script, ...names], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  assert.ok(flipper.stdout);
  flipper.stdout.setEncoding('utf8');
  await once(flipper.stdout, 'data');
  return flipper;
}

async function stopFlipper(flipper: ChildProcess): Promise<number> {
  assert.ok(flipper.stdout);
  const saying = once(flipper.stdout, 'data') as Promise<string[]>;
  flipper.kill('SIGTERM');
  const said = await saying;
  await once(flipper, 'close');
  spawnSync('rm', ['-rf', '--', decoys]);
  return Number(said[0]);
}

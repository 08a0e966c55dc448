import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { isHoldfastError } from '../../src/base/index.ts';
import { directory, type EntrySpec, file, symlink } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory } from '../cases/expected-tree.ts';
import { cannotMount, mountNamespace } from './mounts.ts';
import { readRecord } from './read-record.ts';
import { imageWith, layoutWith, namesIn, runDriver, scratch } from './scratch.ts';

const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function imageNamed(name: string): EntrySpec[] {
  return [
    directory('./', own),
    directory(`${name}/`, own),
    ...Array.from({ length: 50 }, (_, index) => file(`${name}/${index}`, name, own)),
  ];
}

void describe('several unpacks into one target', () => {
  for (const exists of [false, true]) {
    void it(`end with one winner and its record, where the target ${exists ? 'is empty' : 'is absent'}`, async (t) => {
      for (let round = 0; round < 5; round++) {
        const parent = scratch(t);
        const target = path.join(parent, 'root');
        if (exists) fs.mkdirSync(target);
        const images = await Promise.all(['a', 'b', 'c', 'd'].map((name) => imageWith(t, [imageNamed(name)])));
        const outcomes = await Promise.allSettled(images.map((image) => unpack(image, target)));
        const won = outcomes.filter((outcome) => outcome.status === 'fulfilled');
        assert.equal(won.length, 1);
        for (const outcome of outcomes) {
          if (outcome.status === 'rejected') assert.ok(isHoldfastError(outcome.reason, 'TARGET_OCCUPIED'));
        }
        assert.deepEqual(namesIn(parent), ['.root.holdfast', 'root']);
        assert.equal(namesIn(target).length, 1);
        const { head } = readRecord(path.join(parent, '.root.holdfast'));
        assert.equal(head.digest, won[0]?.value.digest);
      }
    });
  }

  void it('end with one winner among processes, too', async (t) => {
    const parent = scratch(t);
    const target = path.join(parent, 'root');
    const reference = layoutWith(t, [imageNamed('a')]);
    const script = `for i in 1 2 3 4; do "$@" >"${parent}/$i" & done; wait`;
    const runs = spawnSync('sh', ['-c', script, 'sh', process.execPath, ...driverFor(reference, target)]);
    assert.equal(runs.status, 0);
    const reports = ['1', '2', '3', '4'].map((name) => fs.readFileSync(path.join(parent, name), 'utf8'));
    assert.equal(reports.filter((text) => text.startsWith('{"result"')).length, 1);
    assert.equal(reports.filter((text) => text.includes('TARGET_OCCUPIED')).length, 3);
    assert.deepEqual(namesIn(parent), ['.root.holdfast', '1', '2', '3', '4', 'root']);
  });

  void it('end with one winner in a mount point', { skip: cannotMount }, async (t) => {
    const space = await mountNamespace(t);
    const parent = scratch(t);
    const place = path.join(parent, 'root');
    fs.mkdirSync(place);
    space.mountTmpfs(place);
    const target = space.reach(place);
    const images = await Promise.all(['a', 'b', 'c'].map((name) => imageWith(t, [imageNamed(name)])));
    const outcomes = await Promise.allSettled(images.map((image) => unpack(image, target)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected')
        assert.ok(isHoldfastError(outcome.reason, 'TARGET_OCCUPIED'), String(outcome.reason));
    }
    assert.equal(namesIn(target).length, 1);
  });

  void it('do not disturb each other below one parent', async (t) => {
    const parent = scratch(t);
    const names = ['a', 'b', 'ab', 'a.holdfast', '.a'];
    const images = await Promise.all(
      names.map((name) => imageWith(t, [[directory('./', own), file(name, name, own)]])),
    );
    await Promise.all(images.map((image, index) => unpack(image, path.join(parent, names[index] ?? ''))));
    for (const name of names) assert.deepEqual(namesIn(path.join(parent, name)), [name]);
    assert.deepEqual(namesIn(parent), [...names, ...names.map((name) => `.${name}.holdfast`)].sort());
  });

  void it('wait for a parent that is locked for a moment only', async (t) => {
    const parent = scratch(t);
    const words = [parent, 'sh', '-c', 'echo locked; exec cat'];
    const holder = spawn('flock', words, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(holder, 'close');
    t.after(async () => {
      holder.stdin.end();
      await ended;
    });
    await once(holder.stdout, 'data');
    const started = performance.now();
    await unpack(await imageWith(t, [imageNamed('a')]), path.join(parent, 'root'));
    assert.ok(performance.now() - started < 10_000);
  });
});

void describe('a process that races with an unpack', () => {
  void it('cannot make it remove what it moved in place of a staging directory', async (t) => {
    const parent = scratch(t);
    const precious = path.join(parent, 'precious');
    fs.mkdirSync(precious);
    fs.writeFileSync(path.join(precious, 'file'), 'kept');
    const image = await imageWith(t, [imageNamed('a')]);
    const onEvent = ({ kind }: { readonly kind: string }): void => {
      const [name] = namesIn(parent).filter((found) => found.includes('.holdfast-'));
      if (kind !== 'layer-done' || name === undefined) return;
      for (const staged of namesIn(parent).filter((found) => found.includes('.holdfast-'))) {
        fs.renameSync(path.join(parent, staged), path.join(parent, `away${staged}`));
      }
      fs.renameSync(precious, path.join(parent, name));
    };
    await assert.rejects(unpack(image, path.join(parent, 'root'), { onEvent }), (error) => isHoldfastError(error));
    const kept = namesIn(parent).filter((name) => fs.existsSync(path.join(parent, name, 'file')));
    assert.equal(kept.length, 1);
  });
});

function driverFor(reference: string, target: string): string[] {
  const driver = new URL('../faults/driver.ts', import.meta.url).pathname;
  return [driver, 'unpack', reference, target];
}

void describe('an unpack beside which nothing happens', () => {
  void it('changes nothing in its parent but its own two names', (t) => {
    const parent = scratch(t);
    fs.mkdirSync(path.join(parent, 'sub'));
    fs.writeFileSync(path.join(parent, 'sub', 'file'), 'canary');
    const canary = listingOfDirectory(path.join(parent, 'sub'));
    const entries = [symlink('out', '../sub'), file('in', 'x'), directory('./')].map((entry) => ({ ...entry, ...own }));
    const { error } = runDriver({ reference: layoutWith(t, [entries]), target: path.join(parent, 'root') });
    assert.equal(error, undefined);
    assertSameTree(listingOfDirectory(path.join(parent, 'root')), expectedListing(entries));
    assertSameTree(listingOfDirectory(path.join(parent, 'sub')), canary);
    assert.deepEqual(namesIn(parent), ['.root.holdfast', 'root', 'sub']);
  });
});

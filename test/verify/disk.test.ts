/** Real images, real directories. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, suite, test } from 'node:test';
import * as fc from 'fast-check';
import { openImage } from '../../src/image/index.ts';
import {
  directory,
  file,
  hardlink,
  imageOf,
  layerOf,
  sha256Of,
  sparseFile,
  symlink,
  writeLayout,
} from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { verify } from '../../src/verify/index.ts';
import { xattrsReadable } from '../cases/index.ts';
import { withPath } from '../differential/scratch.ts';
import { keepingTime, unpacked } from '../snapshot/unpacked.ts';
import { anyEdit, shownEdit } from '../tree/any-edit.ts';
import { asNobody, cannotChangeUser, driverEnvironment, failure, isRoot, layoutWith } from '../unpack/scratch.ts';
import { cannotMount, mountNamespace } from '../unpack/mounts.ts';
import { liveMutations, mutate } from './live-mutations.ts';
import { shownCause, shownFault } from './open-in-memory.ts';

/** HOLDFAST_FUZZ=20 runs twenty times as many. */
const factor = Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const skip = !isRoot && 'owners are those of root';

const top = directory('./', { mtime: 0 });
const layers = [
  [top, directory('d/'), file('d/one', 'one'), file('d/two', 'two'), file('a', 'text'), hardlink('b', 'a')],
  [
    top,
    file('c', 'other'),
    symlink('link', 'c'),
    sparseFile('sparse', 10_000, [{ offset: 5120, data: 'data'.repeat(128) }]),
  ],
];

void describe('verifying a directory', { skip }, () => {
  void it('is content with what was unpacked, and with a copy of it', async (t) => {
    const { reference, root, parent } = await unpacked(t, layers);
    const { ok, faults, names, filesRead, times, notCompared } = await verify(reference, `rootfs:${root}`);
    assert.deepEqual([ok, faults, names, filesRead, times], [true, [], 9, 5, 'nanoseconds']);
    assert.deepEqual(notCompared, ['symlinkMode']);
    const copy = path.join(parent, 'copy');
    assert.equal(spawnSync('cp', ['-a', root, copy]).status, 0);
    assert.equal((await verify(reference, copy)).ok, true);
    assert.equal((await verify(reference, reference)).filesRead, 0);
  });

  void it('reads each layer once only, and no content when it is quick', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    await verify(reference, root);
    const [, layout = ''] = /^oci:(.*):latest$/.exec(reference) ?? [];
    for (const name of fs.readdirSync(path.join(layout, 'blobs/sha256'))) {
      const blob = path.join(layout, 'blobs/sha256', name);
      if (!fs.readFileSync(blob, 'latin1').startsWith('{'))
        fs.writeFileSync(blob, Buffer.alloc(fs.statSync(blob).size));
    }
    assert.equal((await verify(reference, root)).ok, true);
    const { atimeMs, mtimeMs } = fs.statSync(at('c'));
    fs.writeFileSync(at('c'), 'OTHER');
    fs.utimesSync(at('c'), atimeMs / 1000, mtimeMs / 1000);
    assert.deepEqual((await verify(reference, root)).faults.map(shownCause), ['content c [C12 medium]']);
    const quick = await verify(reference, root, { quick: true });
    assert.deepEqual([quick.ok, quick.filesRead, quick.notCompared], [true, 0, ['content', 'symlinkMode']]);
    fs.appendFileSync(at('c'), '+');
    fs.utimesSync(at('c'), atimeMs / 1000, mtimeMs / 1000);
    assert.deepEqual((await verify(reference, root, { quick: true })).faults.map(shownFault), ['content c']);
  });

  void it('says what was expected, what was found, and which layer it is from', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    keepingTime(root, () => {
      fs.rmSync(at('b'));
      fs.rmSync(at('link'));
    });
    fs.chmodSync(at('d/one'), 0o4600);
    fs.truncateSync(at('sparse'), 5);
    fs.utimesSync(at('sparse'), 5, 1_700_000_000);
    const { faults } = await verify(reference, root);
    const digest = sha256Of(Buffer.concat([Buffer.alloc(5120), Buffer.from('data'.repeat(128)), Buffer.alloc(4368)]));
    const plain = faults.map(({ cause, ...fault }) => ({ ...fault, cause: cause?.hazard }));
    assert.deepEqual(plain, [
      {
        kind: 'links-missing',
        paths: ['b'],
        expected: { links: [['a', 'b']] },
        found: { links: [['a']] },
        layer: 1,
        cause: 'C01',
      },
      {
        kind: 'mode',
        paths: ['d/one'],
        expected: { mode: '0644' },
        found: { mode: '4600' },
        layer: 1,
        cause: undefined,
      },
      {
        kind: 'missing',
        paths: ['link'],
        expected: { kind: 'symlink', linkTarget: 'c' },
        found: null,
        layer: 2,
        cause: undefined,
      },
      {
        kind: 'content',
        paths: ['sparse'],
        expected: { size: 10_000, digest },
        found: { size: 5 },
        layer: 2,
        cause: 'C15',
      },
    ]);
  });

  void it('expects the ids that maps make of those of the image', async (t) => {
    const [uidMap, gidMap] = [[{ image: 0, host: 100_000, size: 65_536 }], [{ image: 0, host: 200_000, size: 10 }]];
    const { reference, root, at } = await unpacked(t, layers, { uidMap, gidMap });
    assert.equal((await verify(reference, root, { uidMap, gidMap })).ok, true);
    assert.equal((await verify(reference, root)).faults.length, 8);
    fs.chownSync(at('c'), 0, 200_000);
    const { faults } = await verify(reference, root, { uidMap, gidMap });
    assert.deepEqual(
      faults.map(({ kind, paths, expected, found }) => [kind, ...paths, expected, found]),
      [['owner', 'c', { uid: 100_000, gid: 200_000 }, { uid: 0, gid: 200_000 }]],
    );
    const narrow = [{ image: 5, host: 5, size: 1 }];
    await failure('HOST_UNSUPPORTED', verify(reference, root, { uidMap: narrow }));
  });

  void it('goes by the state after so many layers', async (t) => {
    const { reference, root, at } = await unpacked(t, layers.slice(0, 1));
    const whole = layoutWith(t, layers);
    assert.equal((await verify(whole, root, { atLayer: 1 })).ok, true);
    assert.equal((await verify(whole, root)).ok, false);
    assert.equal((await verify(reference, root)).ok, true);
    fs.chmodSync(at('a'), 0o600);
    assert.deepEqual((await verify(whole, root, { atLayer: 1 })).faults.map(shownFault), ['mode a = b']);
  });

  void it('does not look at what is to be ignored', async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    fs.writeFileSync(at('d/one'), 'changed');
    fs.writeFileSync(at('d/new'), 'new');
    const { ok, ignored } = await verify(reference, root, { ignore: ['d/*'] });
    assert.deepEqual([ok, ignored.map(({ path: name }) => name)], [false, ['d/new', 'd/one', 'd/two']]);
    assert.equal((await verify(reference, root, { ignore: ['d'] })).ok, true);
  });

  void it('compares flat archives', async (t) => {
    const { reference, root, parent } = await unpacked(t, layers);
    const tar = path.join(parent, 'flat.tar');
    const pack = ['--format=pax', '--sparse', '--numeric-owner', '-C', root, '-cf', tar, '.'];
    assert.equal(spawnSync('tar', pack).status, 0);
    assert.deepEqual((await verify(reference, `tar:${tar}`)).faults, []);
    keepingTime(root, () => fs.rmSync(path.join(root, 'b')));
    assert.equal(spawnSync('tar', pack).status, 0);
    assert.deepEqual((await verify(reference, `tar:${tar}`)).faults.map(shownFault), ['links-missing b']);
  });

  void it('says what hides behind a mount', { skip: cannotMount }, async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    const mounts = await mountNamespace(t);
    mounts.mountTmpfs(at('d'));
    const { ok, faults, unseen } = await verify(reference, mounts.reach(root));
    assert.deepEqual([ok, faults, unseen], [false, [], [{ path: 'd', kind: 'mount' }]]);
  });

  void it('is not sure of what it may not read', { skip: cannotChangeUser }, async (t) => {
    const { reference, root, at } = await unpacked(t, layers);
    fs.chmodSync(at('c'), 0o600);
    fs.chmodSync(at('d'), 0o700);
    const command = [process.execPath, path.join(import.meta.dirname, 'verify-driver.ts'), reference, root];
    const run = spawnSync(asNobody[0], [...asNobody.slice(1), ...command], {
      encoding: 'utf8',
      env: driverEnvironment,
    });
    assert.equal(run.status, 0, run.stderr);
    assert.deepEqual(JSON.parse(run.stdout), {
      ok: false,
      faults: ['mode c', 'mode d'],
      unseen: [
        { path: 'c', kind: 'unreadable', what: 'content', errno: 'EACCES' },
        { path: 'd', kind: 'unreadable', what: 'names', errno: 'EACCES' },
      ],
    });
  });
});

const noXattrs = !xattrsReadable && 'getfattr is not installed';

void suite('one thing wrong on disk', { skip: skip || noXattrs }, () => {
  void test('is found, by its name and kind, and nothing else is', () => {
    const names = fc.constantFrom(...Object.keys(liveMutations));
    const cases = fc.record({ edit: anyEdit({ privileged: true }), name: names, at: fc.nat(30) });
    const property = fc.asyncProperty(cases, async (one) => {
      try {
        await withPath((work) => check(work, one));
      } catch (error) {
        throw new Error(`${shownEdit(one.edit)}\n${one.name}`, { cause: error });
      }
    });
    return fc.assert(property, { numRuns: 60 * factor, endOnFailure: true });
  });
});

interface Case {
  readonly edit: ReturnType<typeof anyEdit> extends fc.Arbitrary<infer Edit> ? Edit : never;
  readonly name: string;
  readonly at: number;
}

async function check(work: string, { edit: { before }, name, at }: Case): Promise<void> {
  const layout = path.join(work, 'layout');
  writeLayout(layout, { latest: imageOf([layerOf(before.entries(), { compression: 'none' })]) });
  const reference = `oci:${layout}:latest`;
  const root = path.join(work, 'root');
  await using image = await openImage(reference);
  await unpack(image, root, { record: false });
  const clean = await verify(reference, root);
  assert.deepEqual([clean.ok, clean.faults, clean.unseen], [true, [], []]);
  const paths = before.paths.filter((one) => one !== '');
  const target = paths[at % paths.length];
  if (target === undefined) return;
  const fault = mutate(root, name, target);
  if (fault === undefined) return;
  const { ok, faults } = await verify(reference, root);
  const where = fault.name === undefined ? target : path.join(path.dirname(target), fault.name);
  const shown = faults.map((one) => `${one.kind} ${one.paths.includes(where) ? where : one.paths.join(' = ')}`);
  assert.deepEqual([ok, shown], [false, [`${fault.kind} ${where}`]]);
}

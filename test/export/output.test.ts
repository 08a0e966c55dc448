import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { exportTo, exportToFile } from '../../src/export/index.ts';
import { directory, file, hardlink, layerOf, sparseFile } from '../../src/testing/index.ts';
import { assertSameTree, expectedListing, listingOfTar } from '../cases/expected-tree.ts';
import { cannotMount, mountNamespace } from '../unpack/mounts.ts';
import {
  asNobody,
  cannotChangeUser,
  driverEnvironment,
  failure,
  imageWith,
  isRoot,
  layoutWith,
  namesIn,
  runDriver,
  scratch,
} from '../unpack/scratch.ts';

const entries = [directory('a/'), file('a/b', 'content'), hardlink('c', 'a/b')];
const large = [file('large', Buffer.alloc(3_000_000, 'x'))];

void describe('the file of an export', () => {
  void it('takes the place of an old one', async (t) => {
    const target = path.join(scratch(t), 'out.tar');
    fs.writeFileSync(target, 'old');
    await exportToFile(await imageWith(t, [entries]), target);
    assertSameTree(listingOfTar(target), expectedListing(entries));
    assert.deepEqual(namesIn(path.dirname(target)), ['out.tar']);
  });

  void it('stays as it was when a layer turns out damaged', async (t) => {
    const target = path.join(scratch(t), 'out.tar');
    fs.writeFileSync(target, 'old');
    const good = layerOf(entries);
    const bytes = Buffer.from(good.bytes);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await failure('DIGEST_MISMATCH', exportToFile(await imageWith(t, [{ ...good, bytes }]), target));
    assert.equal(fs.readFileSync(target, 'utf8'), 'old');
    assert.deepEqual(namesIn(path.dirname(target)), ['out.tar']);
  });

  void it('is what a symbolic link leads to, and the link stays', async (t) => {
    const parent = scratch(t);
    fs.mkdirSync(path.join(parent, 'elsewhere'));
    fs.writeFileSync(path.join(parent, 'elsewhere', 'real.tar'), 'old');
    fs.symlinkSync('elsewhere/real.tar', path.join(parent, 'out.tar'));
    await exportToFile(await imageWith(t, [entries]), path.join(parent, 'out.tar'));
    assert.equal(fs.readlinkSync(path.join(parent, 'out.tar')), 'elsewhere/real.tar');
    assertSameTree(listingOfTar(path.join(parent, 'elsewhere', 'real.tar')), expectedListing(entries));
  });

  void it(
    'may be a device or a FIFO, which is written to and not replaced',
    { skip: !isRoot && 'needs root' },
    async (t) => {
      const parent = scratch(t);
      const [device, pipe] = [path.join(parent, 'null'), path.join(parent, 'pipe')];
      spawnSync('mknod', [device, 'c', '1', '3']);
      spawnSync('mkfifo', [pipe]);
      const image = await imageWith(t, [entries]);
      const { size } = await exportToFile(image, device);
      assert.ok(size > 0);
      assert.ok(fs.statSync(device).isCharacterDevice());
      const reader = spawn('cat', [pipe], { stdio: ['ignore', 'pipe', 'inherit'] });
      const chunks: Buffer[] = [];
      reader.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      await exportToFile(image, pipe);
      await once(reader, 'close');
      assertSameTree(listingOfTar(Buffer.concat(chunks)), expectedListing(entries));
      assert.deepEqual(namesIn(parent), ['null', 'pipe']);
    },
  );

  void it('cannot be a directory, or below one that is not there', async (t) => {
    const parent = scratch(t);
    fs.mkdirSync(path.join(parent, 'directory'));
    const image = await imageWith(t, [entries]);
    const { data } = await failure('HOST_REFUSED', exportToFile(image, path.join(parent, 'directory')));
    assert.equal(data.errno, 'EISDIR');
    await failure('HOST_REFUSED', exportToFile(image, path.join(parent, 'missing', 'out.tar')));
    assert.deepEqual(namesIn(parent), ['directory']);
  });

  void it('keeps holes small, in the archive and beside it', async (t) => {
    const target = path.join(scratch(t), 'out.tar');
    const sparse = [sparseFile('holes', 2 ** 40 - 1, [{ offset: 2 ** 39, data: 'x' }])];
    await exportToFile(await imageWith(t, [sparse]), target);
    assert.ok(fs.statSync(target).size < 10_000);
  });

  void it('says that the disk is full, and leaves nothing', { skip: cannotMount }, async (t) => {
    const image = await imageWith(t, [layerOf(large, { compression: 'none' })]);
    const compressed = await imageWith(t, [large]);
    const space = await mountNamespace(t);
    const parent = scratch(t);
    space.mountTmpfs(parent, 'size=1m');
    for (const source of [image, compressed]) {
      const { data } = await failure('HOST_REFUSED', exportToFile(source, path.join(space.reach(parent), 'out.tar')));
      assert.equal(data.errno, 'ENOSPC');
      assert.deepEqual(namesIn(space.reach(parent)), []);
    }
  });

  void it('is refused where nothing may be written', { skip: cannotChangeUser }, (t) => {
    const parent = scratch(t);
    const reference = layoutWith(t, [entries]);
    const target = path.join(parent, 'out.tar');
    const { error, exitCode } = runDriver({ command: 'export', reference, target, through: asNobody });
    assert.equal(exitCode, 8);
    assert.equal(error?.code, 'HOST_REFUSED');
    assert.deepEqual(namesIn(parent), []);
  });

  void it('goes with the next export when the process that wrote it was killed', async (t) => {
    const parent = scratch(t);
    fs.writeFileSync(path.join(parent, '.out.tar.holdfast-0123456789ab'), 'half');
    await exportToFile(await imageWith(t, [entries]), path.join(parent, 'out.tar'));
    assert.deepEqual(namesIn(parent), ['out.tar']);
  });
});

void describe('the stream of an export', () => {
  void it('gives nothing before every layer is verified', async (t) => {
    const good = layerOf(large, { compression: 'none' });
    const bytes = Buffer.from(good.bytes);
    bytes[bytes.length - 1] = 1;
    let taken = 0;
    const take = async (chunks: AsyncIterable<Uint8Array>): Promise<void> => {
      for await (const chunk of chunks) taken += chunk.length;
    };
    await failure('DIGEST_MISMATCH', exportTo(await imageWith(t, [{ ...good, bytes }]), take));
    assert.equal(taken, 0);
  });

  void it('ends where its reader ends, and passes on what the reader throws', async (t) => {
    const image = await imageWith(t, [large]);
    const { size } = await exportTo(image, async (chunks) => {
      for await (const chunk of chunks) if (chunk.length > 0) break;
    });
    assert.equal(size, 1024 * 1024);
    const reason = new Error('the reader had enough');
    await assert.rejects(
      exportTo(image, () => Promise.reject(reason)),
      reason,
    );
  });

  void it('into a pipe that is closed ends quietly', (t) => {
    const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
    const run = `import(${JSON.stringify(main)}).then((cli) => cli.main())`;
    const words = [
      '--input-type=module',
      '-e',
      run,
      '--',
      'holdfast',
      'export',
      '--progress=none',
      layoutWith(t, [large]),
    ];
    const script = '"$@" | head -c 100000 | wc -c; echo "${PIPESTATUS[0]}"';
    const done = spawnSync('bash', ['-c', script, 'bash', process.execPath, ...words], {
      env: driverEnvironment,
      encoding: 'utf8',
    });
    assert.equal(done.stderr, '');
    assert.match(done.stdout, /^100000\n(?:0|141)\n$/);
  });
});

/** Rows that are about the state of the machine rather than about the image: B14, E1, E3, E6, G9, J2, J3, J4, J6. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { after, afterEach, before, suite, test } from 'node:test';
import { type EngineEvent, type ErrorCode, fromText, isHoldfastError } from '../../src/base/index.ts';
import { main } from '../../src/cli/index.ts';
import { exportToFile } from '../../src/export/index.ts';
import { openImage } from '../../src/image/index.ts';
import { catFile } from '../../src/inspect/index.ts';
import {
  blobPath,
  type BuiltImage,
  type BuiltLayer,
  directory,
  fifo,
  file,
  hardlink,
  imageOf,
  layerOf,
  symlink,
  writeLayout,
} from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, expectedListing, listingOfDirectory, listingOfTar } from '../cases/index.ts';
import {
  assertOutsideUnchanged,
  makeOutside,
  outside,
  removeAll,
  removeWorld,
  stateOfOutside,
  statesBelow,
  targetParent,
  world,
} from './outside.ts';

const isRoot = process.getuid?.() === 0;
const needsRoot = { skip: isRoot ? false : 'only root can own the files of the image' };
const target = join(targetParent, 'target');
const layout = join(world, 'image');
const reference = `oci:${layout}:latest`;
const tree = [file('f', 'hello'), hardlink('g', 'f'), directory('d', { mode: 0o700 })];

let canary: readonly string[];

before(() => {
  makeOutside();
  canary = stateOfOutside();
});
after(removeWorld);
afterEach(() => {
  for (const name of fs.readdirSync(targetParent)) if (name !== 'outside') removeAll(join(targetParent, name));
  removeAll(layout);
  assertOutsideUnchanged(canary, 'afterwards');
});

void suite('a target that is not free', () => {
  const targets: Readonly<Record<string, () => void>> = {
    'B14: a link to a directory': () => fs.symlinkSync(join(outside, 'dir', 'inner'), target),
    'B14: a link to nothing': () => fs.symlinkSync(join(outside, 'missing'), target),
    'J2: a file': () => fs.writeFileSync(target, 'mine'),
    'J2: a pipe': () => execFileSync('mkfifo', [target]),
    'J2: a directory with a file': () => {
      fs.mkdirSync(target);
      fs.writeFileSync(join(target, '.hidden'), 'mine');
    },
    'J2: a directory with a link to the host': () => {
      fs.mkdirSync(target);
      fs.symlinkSync(outside, join(target, 'd'));
    },
  };
  for (const [title, make] of Object.entries(targets)) {
    void test(`${title} is refused and stays as it is`, async () => {
      make();
      writeImage(layerOf(tree));
      const before = [...statesBelow(targetParent)];
      await refuses('TARGET_OCCUPIED', unpackIt());
      assert.deepEqual([...statesBelow(targetParent)], before);
    });
  }
});

void suite('J3: names that somebody has made before', () => {
  const record = join(targetParent, '.target.holdfast');
  const traps: Readonly<Record<string, (path: string) => void>> = {
    'a link to a file': (path) => fs.symlinkSync(join(outside, 'file'), path),
    'a link to a directory': (path) => fs.symlinkSync(join(outside, 'dir'), path),
    'a link to nothing': (path) => fs.symlinkSync(join(outside, 'missing'), path),
    'a pipe': (path) => execFileSync('mkfifo', [path]),
    'another name of a file': (path) => fs.linkSync(join(outside, 'f'), path),
  };
  for (const [title, make] of Object.entries(traps)) {
    void test(`${title} in the place of the record is replaced`, needsRoot, async () => {
      make(record);
      writeImage(layerOf(tree));
      await unpackIt();
      canary = withoutLinkCount(title);
      assert.ok(fs.lstatSync(record).isFile());
      assertSameTree(listingOfDirectory(target), expectedListing(tree));
    });
  }

  void test('leftovers that lead elsewhere are removed without following them', needsRoot, async () => {
    const leftover = join(targetParent, '.target.holdfast-0123456789ab');
    fs.mkdirSync(leftover);
    fs.symlinkSync(join(outside, 'dir'), join(leftover, 'layer-1'));
    fs.symlinkSync(join(outside, 'dir'), join(targetParent, '.target.holdfast-0123456789ac'));
    execFileSync('mkfifo', [join(targetParent, '.target.holdfast-0123456789ad')]);
    writeImage(layerOf(tree));
    await unpackIt();
    assert.equal(fs.existsSync(leftover), false);
    assertSameTree(listingOfDirectory(target), expectedListing(tree));
  });

  /** A hard link to a file of the canary changes its link count and ctime twice; nothing else may have changed. */
  function withoutLinkCount(title: string): readonly string[] {
    const now = stateOfOutside();
    if (title !== 'another name of a file') return canary;
    const stripped = (lines: readonly string[]): string[] =>
      lines.map((line) => (line.startsWith(`${join(outside, 'f')} `) ? line.replace(/ \d+ (\S+)$/, ' $1') : line));
    assert.deepEqual(stripped(now), stripped(canary));
    return now;
  }
});

void suite('J4: a blob that is replaced', () => {
  const layer = layerOf(tree, { compression: 'none' });
  const other = layerOf([file('f', 'HELLO'), hardlink('g', 'f'), directory('d', { mode: 0o700 })], {
    compression: 'none',
  });

  void test('by a rename, after it was opened: the opened one is used', needsRoot, async () => {
    const blob = writeImage(layer);
    await using image = await openImage(reference);
    for (const opened of image.layers) await opened.open();
    fs.writeFileSync(join(layout, 'other'), other.bytes);
    fs.renameSync(join(layout, 'other'), blob);
    await unpack(image, target);
    assertSameTree(listingOfDirectory(target), expectedListing(tree));
    await exportToFile(image, join(targetParent, 'export.tar'));
    assertSameTree(listingOfTar(join(targetParent, 'export.tar')), expectedListing(tree));
  });

  for (const phase of ['apply', 'place', 'write'] as const) {
    void test(`in place, before the phase "${phase}": only what was verified is used`, needsRoot, async () => {
      const blob = writeImage(layer);
      const replace = (event: EngineEvent): void => {
        if (event.kind === 'phase' && event.phase === phase) fs.writeFileSync(blob, other.bytes);
      };
      await using image = await openImage(reference);
      if (phase === 'write') {
        await exportToFile(image, join(targetParent, 'export.tar'), { onEvent: replace });
        assertSameTree(listingOfTar(join(targetParent, 'export.tar')), expectedListing(tree));
      } else {
        await unpack(image, target, { onEvent: replace });
        assertSameTree(listingOfDirectory(target), expectedListing(tree));
      }
    });
  }

  void test('before it is read: it is refused', async () => {
    fs.writeFileSync(writeImage(layer), other.bytes);
    await refuses('DIGEST_MISMATCH', unpackIt());
  });
});

void test('H5: an index that is known by a sha256 DiffID does not refuse a sha512 one', needsRoot, async () => {
  const layer = layerOf(tree);
  writeImage(layer);
  await unpackIt();
  removeAll(target);
  for (const [digest, refused] of [
    [createHash('sha512').update(layer.tar).digest('hex'), false],
    [createHash('sha512').update(layer.bytes).digest('hex'), true],
  ] as const) {
    const rootfs = { type: 'layers', diff_ids: [`sha512:${digest}`] };
    writeImage(layer, imageOf([layer], { configDocument: { rootfs } }));
    if (refused) await refuses('DIFFID_MISMATCH', unpackIt());
    else await unpackIt();
    removeAll(target);
  }
});

void test('E6: nobody else can look into what is being made', needsRoot, async () => {
  writeImage(layerOf([directory('.', { mode: 0o755 }), file('su', 'x', { mode: 0o4755 })]));
  const seen: number[] = [];
  const umask = process.umask(0);
  try {
    await using image = await openImage(reference);
    await unpack(image, target, {
      onEvent: (event) => {
        if (event.kind !== 'phase' || !['layers', 'apply', 'place'].includes(event.phase)) return;
        const made = fs.readdirSync(targetParent).filter((name) => name.startsWith('.target.'));
        seen.push(...made.map((name) => fs.lstatSync(join(targetParent, name)).mode & 0o777));
      },
    });
  } finally {
    process.umask(umask);
  }
  assert.ok(seen.length > 0 && seen.every((mode) => mode === 0o700), seen.map((mode) => mode.toString(8)).join(' '));
  assert.equal(fs.statSync(target).mode & 0o7777, 0o755);
});

void test('E3: the content of a pipe is refused and nothing waits', async () => {
  writeImage(layerOf([fifo('etc/passwd'), symlink('l', 'etc/passwd')]));
  await using image = await openImage(reference);
  for (const path of ['etc/passwd', 'l']) {
    await refuses(
      'PATH_NOT_FOUND',
      catFile(image, fromText(path), () => Promise.resolve()),
    );
  }
});

void test('G9: no program is started, whatever the PATH offers', needsRoot, async () => {
  const programs = join(world, 'programs');
  const mark = join(world, 'started');
  fs.mkdirSync(programs);
  for (const name of [
    'gzip',
    'gunzip',
    'unpigz',
    'pigz',
    'igzip',
    'zstd',
    'unzstd',
    'tar',
    'sh',
    'chown',
    'mknod',
    'rm',
  ]) {
    fs.writeFileSync(join(programs, name), `#!/bin/sh\necho ${name} >>${mark}\n`, { mode: 0o755 });
  }
  const path = process.env['PATH'];
  process.env['PATH'] = programs;
  try {
    for (const compression of ['gzip', 'zstd', 'none'] as const) {
      writeImage(layerOf(tree, { compression }));
      await unpackIt(`${target}-${compression}`);
      await exportIt(join(targetParent, 'export.tar'));
    }
  } finally {
    process.env['PATH'] = path;
  }
  assert.equal(fs.existsSync(mark), false);
});

const loud = '\x1b]0;gotcha\x07\x9b31m\nerror: x\u202e\u2028\r';

void suite('J6: text of the image in what the command prints', () => {
  const entries = [
    file(`f${loud}`, '1', { xattrs: { [`user.${loud}`]: loud } }),
    hardlink(`h${loud}`, `f${loud}`),
    symlink(`l${loud}`, loud),
    file(`f${loud}`, '2'),
  ];
  const config = { Env: [`A=${loud}`], Labels: { [loud]: loud }, Cmd: [loud], User: loud, Entrypoint: [loud] };
  const image = imageOf([layerOf(entries)], {
    config,
    platform: `linux/${loud}`,
    configDocument: { author: loud, created: loud },
    history: [{ created_by: loud, comment: loud }, { created_by: loud }],
    manifestDocument: { annotations: { [loud]: loud } },
  });
  const commands = [
    ['ls', '-l', '-R', reference],
    ['tree', reference],
    ['links', reference],
    ['inspect', reference],
    ['validate', reference],
    ['digest', reference],
    ['ls', reference, `missing${loud}`],
    ['cat', reference, loud],
    ['ls', reference.replace('latest', 'wrong')],
    ['ls', '--platform', 'linux/riscv64', reference],
    ['unpack', reference, target],
    ['export', reference, '-o', join(targetParent, 'export.tar')],
  ];
  for (const [command = '', ...rest] of commands) {
    void test(`${command} ${rest.filter((word) => word.startsWith('-')).join(' ')} escapes it`, async () => {
      writeLayout(layout, { latest: image, [loud]: imageOf([layerOf([file('x')])]) });
      const printed = await run([command, ...rest]);
      assert.notEqual(printed, '');
      assert.doesNotMatch(printed, /[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}|^error: x/mu);
    });
  }
});

/** Everything a command writes to stdout and stderr. */
async function run(argv: readonly string[]): Promise<string> {
  const chunks: Buffer[] = [];
  const stream = (): PassThrough => {
    const through = new PassThrough();
    through.on('data', (chunk: Buffer) => chunks.push(chunk));
    return through;
  };
  await main(argv, {
    stdin: new PassThrough().end(),
    stdout: stream(),
    stderr: stream(),
    env: process.env,
    signals: process,
    exit: () => {},
    setExitCode: () => {},
  });
  return Buffer.concat(chunks).toString();
}

/** Writes an image of one layer; returns the path of the layer's blob. */
function writeImage(layer: BuiltLayer, image: BuiltImage = imageOf([layer])): string {
  removeAll(layout);
  writeLayout(layout, { latest: image });
  return join(layout, blobPath(layer.digest));
}

async function unpackIt(path = target): Promise<void> {
  await using image = await openImage(reference);
  await unpack(image, path);
}

async function exportIt(path: string): Promise<void> {
  await using image = await openImage(reference);
  await exportToFile(image, path);
}

async function refuses(code: ErrorCode, running: Promise<unknown>): Promise<void> {
  await assert.rejects(running, (error) => {
    assert.ok(isHoldfastError(error), error instanceof Error ? error.stack : String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

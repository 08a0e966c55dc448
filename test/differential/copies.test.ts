/** Copies into images that run, and copies that Docker and buildah make of the same. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { copyPaths } from '../../src/cp/index.ts';
import { openImage } from '../../src/image/index.ts';
import { directory, file, imageOf, layerOf, symlink, writeLayout } from '../../src/testing/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, type TreeListing } from '../cases/index.ts';
import { type Workplace, workplace } from './command.ts';
import { type Docker, startDocker } from './docker-daemon.ts';
import { labImages, whyNoLab } from './lab.ts';
import { type Mask, maskedPair, rootPath, withoutTime } from './masks.ts';
import { withOverlay } from './overlay.ts';
import { whyMissing } from './peers.ts';
import { run } from './programs.ts';
import { freshPath } from './scratch.ts';

const debian = `oci:${labImages}:debian`;
const script = file('bin/tmate', '#!/usr/bin/sh\necho tmate is here\n', { mode: 0o755 });

void suite('tmate for a Debian whose /bin is a link', { skip: whyNoLab || whyMissing('docker', 'dockerd') }, () => {
  let docker: Docker;
  let work: Workplace;
  let tools: string;
  before(async () => {
    docker = await startDocker();
    work = workplace().with({ DOCKER_HOST: docker.address });
    const layout = join(work.path, 'tools');
    writeLayout(layout, { v1: imageOf([layerOf([directory('bin'), script])]) });
    tools = `oci:${layout}:v1`;
  });
  after(() => docker[Symbol.asyncDispose]());

  const inContainer = (image: string, ...command: readonly string[]): string =>
    docker.run('run', '--rm', '--network', 'none', image, ...command);

  const copy = (to: string, ...words: readonly string[]): readonly string[] => {
    return ['cp', '--from', tools, '--into', debian, '--to', `docker-daemon:${to}`, ...words];
  };

  for (const [as, paths] of [
    ['file', ['/bin/tmate', '/bin/']],
    ['tree', ['/', '/']],
  ] as const) {
    void test(`is copied as a ${as} through the link, and /bin/sh goes on working`, async () => {
      await work.done(...copy(`${as}:1`, ...paths));
      const printed = inContainer(`${as}:1`, '/bin/sh', '-c', 'readlink /bin; tmate; ls /usr/bin/tmate; ls /bin/sh');
      assert.equal(printed, 'usr/bin\ntmate is here\n/usr/bin/tmate\n/bin/sh\n');
    });
  }

  void test('is copied by name, and /bin is a directory with nothing else in it', async () => {
    await work.done(...copy('replaced:1', '--on-conflict', 'replace', '/bin/tmate', '/bin/'));
    assert.equal(inContainer('replaced:1', '/usr/bin/ls', '-A', '/bin'), 'tmate\n');
    assert.equal(inContainer('replaced:1', '/bin/tmate'), 'tmate is here\n');
    assert.throws(() => inContainer('replaced:1', '/bin/sh', '-c', 'true'), /no such file/);
  });

  void test('is not copied where nothing may be replaced', async () => {
    const said = await work.fails(7, ...copy('refused:1', '--on-conflict', 'error', '/bin/tmate', '/bin/'));
    assert.match(said, /would replace what is there already: "bin" \[CONFLICTS_REFUSED\]/);
    assert.throws(() => docker.run('image', 'inspect', 'refused:1'), /No such image/);
  });

  void test('is merged by name, as merging is defined', async () => {
    await work.done('merge', debian, tools, '--to', 'docker-daemon:merged:1');
    assert.equal(inContainer('merged:1', '/usr/bin/ls', '-A', '/bin'), 'tmate\n');
    assert.throws(() => inContainer('merged:1', '/bin/sh', '-c', 'true'), /no such file/);
  });
});

interface Row {
  readonly about: string;
  readonly sources: readonly string[];
  readonly dest: string;
  readonly chown?: string;
  readonly chmod?: string;
  /** Docker's builder of old has no --chmod, and takes the name of a user for that of a group too. */
  readonly isBuildahOnly?: true;
}

const rows: readonly Row[] = [
  { about: 'a file into a directory', sources: ['f'], dest: '/srv/' },
  { about: 'a file to a new name', sources: ['f'], dest: '/srv/g' },
  { about: 'a file over a file', sources: ['f'], dest: '/etc/motd' },
  { about: 'a file into a directory that is named without a slash', sources: ['f'], dest: '/srv' },
  { about: 'a file into directories that are missing', sources: ['f'], dest: '/a/b/c/' },
  { about: 'a file to a name below directories that are missing', sources: ['f'], dest: '/a/b/c' },
  { about: 'a file through a link to a directory', sources: ['f'], dest: '/bin/' },
  { about: 'a file to a name behind a link', sources: ['f'], dest: '/bin/g' },
  { about: 'a directory, which gives what it holds', sources: ['d'], dest: '/new' },
  { about: 'a directory with a slash', sources: ['d/'], dest: '/new/' },
  { about: 'a directory into a directory with other things in it', sources: ['d'], dest: '/srv/' },
  { about: 'a directory into the root', sources: ['d'], dest: '/' },
  { about: 'several files', sources: ['f', 'd/x'], dest: '/srv/' },
  { about: 'a file and a directory', sources: ['f', 'd'], dest: '/srv/' },
  { about: 'what a glob matches', sources: ['*.txt'], dest: '/srv/' },
  { about: 'what a class matches', sources: ['[ab].txt'], dest: '/new/' },
  { about: 'numbers as owner', sources: ['d', 'f'], dest: '/srv/', chown: '7:8' },
  { about: 'a number alone as owner', sources: ['f'], dest: '/srv/', chown: '7' },
  { about: 'names as owner', sources: ['d'], dest: '/srv', chown: 'app:staff' },
  { about: 'a name and a number as owner', sources: ['f'], dest: '/srv/g', chown: 'app:9' },
  { about: 'a name alone as owner', sources: ['f'], dest: '/srv/', chown: 'app', isBuildahOnly: true },
  { about: 'a mode for a file', sources: ['f'], dest: '/srv/', chmod: '751', isBuildahOnly: true },
  { about: 'a mode for what is in a directory', sources: ['d'], dest: '/new', chmod: '0700', isBuildahOnly: true },
];

const masks: readonly Mask[] = [
  {
    why: 'the storage of buildah gives a root that no layer lists the mode 0555',
    applies: (path) => path === rootPath,
    without: (facts) => ({ ...facts, mode: 0o755 }),
  },
  {
    why: 'directories get the time at which something was put into them, or they were made',
    applies: (_, { kind }) => kind === 'directory',
    without: withoutTime,
  },
  {
    why: 'Linux gives every symbolic link the mode 0777',
    applies: (_, { kind }) => kind === 'symlink',
    without: (facts) => ({ ...facts, mode: 0o777 }),
  },
];

const passwd = 'root:x:0:0::/:/bin/sh\napp:x:1000:1001::/:/bin/sh\n';
const base = imageOf([
  layerOf([
    symlink('bin', 'usr/bin'),
    directory('usr'),
    directory('usr/bin'),
    file('usr/bin/sh', 'sh', { mode: 0o755 }),
    directory('etc'),
    file('etc/passwd', passwd),
    file('etc/group', 'root:x:0:\nstaff:x:50:\n'),
    file('etc/motd', 'hello', { mode: 0o600 }),
    directory('srv', { mode: 0o1777 }),
    file('srv/kept', 'kept', { uid: 5, gid: 6 }),
  ]),
]);

/** What is copied from: everything is root's and has one time, which is all that the peers keep. */
function context(): string {
  const path = freshPath();
  fs.mkdirSync(join(path, 'd/sub'), { recursive: true });
  for (const name of ['f', 'a.txt', 'b.txt', 'd/x', 'd/sub/y']) fs.writeFileSync(join(path, name), name);
  fs.chmodSync(join(path, 'd/x'), 0o755);
  fs.symlinkSync('x', join(path, 'd/link'));
  for (const name of ['d/x', 'd/sub/y', 'd/link', 'f', 'a.txt', 'b.txt', 'd/sub', 'd', '.']) {
    fs.lutimesSync(join(path, name), 1_600_000_000, 1_600_000_000);
  }
  return path;
}

/** What another builder makes of a row. */
type Builder = AsyncDisposable & { readonly copy: (row: Row) => Promise<TreeListing> };

/** One image for each row, all of one build; directories that it makes belong to --chown, so none is made there. */
async function dockerBuilder(layout: string, from: string): Promise<Builder> {
  const docker = await startDocker();
  docker.load(layout, 'v1');
  const dockerfile = freshPath();
  const built = rows.filter(({ isBuildahOnly }) => !isBuildahOnly);
  const stages = built.map(({ sources, dest, chown }) => {
    return `FROM holdfast/test:v1\nCOPY ${flag('--chown', chown).join(' ')} ${JSON.stringify([...sources, dest])}\n`;
  });
  fs.writeFileSync(dockerfile, stages.join(''));
  const build = ['build', '--network', 'none', '--no-cache', '-f', dockerfile, from];
  const printed = run('env', 'DOCKER_BUILDKIT=0', 'docker', '--host', docker.address, ...build);
  const ids = [...printed.matchAll(/ : COPY .*\n(?: ---> (?:Using|Running).*\n)* ---> ([0-9a-f]+)/g)];
  return {
    copy: async (row) => {
      const [, id = ''] = ids[built.indexOf(row)] ?? [];
      return await withOverlay(docker.image(id).layers, async (merged) => listingOfDirectory(merged));
    },
    [Symbol.asyncDispose]: async () => await docker[Symbol.asyncDispose](),
  };
}

async function buildahBuilder(layout: string, from: string): Promise<Builder> {
  const storage = freshPath();
  const [root, runRoot] = [join(storage, 'root'), join(storage, 'run')];
  fs.mkdirSync(storage);
  const target = `containers-storage:[vfs@${root}+${runRoot}]localhost/base:1`;
  run('skopeo', 'copy', '--insecure-policy', '--quiet', `oci:${layout}:v1`, target);
  const buildah = (...args: readonly string[]): string =>
    run('buildah', '--root', root, '--runroot', runRoot, '--storage-driver', 'vfs', ...args);
  return {
    copy: async ({ sources, dest, chown, chmod }) => {
      const container = buildah('from', '--pull-never', 'localhost/base:1').trim();
      const flags = [...flag('--chown', chown), ...flag('--chmod', chmod)];
      buildah('copy', '-q', ...flags, container, ...sources.map((source) => `${from}/${source}`), dest);
      return listingOfDirectory(buildah('mount', container).trim());
    },
    [Symbol.asyncDispose]: async () => {
      buildah('rm', '--all');
    },
  };
}

function flag(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}=${value}`];
}

for (const { name, skip, start } of [
  { name: 'Docker', skip: whyMissing('docker', 'dockerd', 'skopeo'), start: dockerBuilder },
  { name: 'buildah', skip: whyMissing('buildah', 'skopeo'), start: buildahBuilder },
]) {
  void suite(`${name} copies as Holdfast does`, { skip }, () => {
    const layout = freshPath();
    let from: string;
    let builder: Builder;
    before(async () => {
      writeLayout(layout, { v1: base });
      from = context();
      builder = await start(layout, from);
    });
    after(async () => await builder[Symbol.asyncDispose]());

    for (const row of rows.filter(({ isBuildahOnly = false }) => name === 'buildah' || !isBuildahOnly)) {
      void test(row.about, async () => {
        const { about, isBuildahOnly, ...asked } = row;
        void [about, isBuildahOnly];
        const out = `oci:${freshPath()}:made`;
        await copyPaths(from, `oci:${layout}:v1`, out, asked);
        await using image = await openImage(out);
        const root = freshPath();
        await unpack(image, root, { record: false });
        assertSameTree(...maskedPair(await builder.copy(row), listingOfDirectory(root), masks));
      });
    }
  });
}

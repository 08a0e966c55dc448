/** Containers of real engines as trees, and listings by real shells. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import type { ByteString } from '../../src/base/index.ts';
import { readFindListing } from '../../src/find-listing/index.ts';
import { diffReferences } from '../../src/snapshot/index.ts';
import { diffTrees, type Inode, lookup, type PathChange, walk } from '../../src/tree/index.ts';
import { commonFacts, findListingCommands, openTree, type OpenTree } from '../../src/trees/index.ts';
import { type Docker, startDocker } from './docker-daemon.ts';
import { labImages, whyNoLab } from './lab.ts';
import { whyMissing } from './peers.ts';
import { run } from './programs.ts';
import { freshPath, isRoot } from './scratch.ts';

const path = (name: string): ByteString => name as ByteString;

void suite('containers of Docker', { skip: whyNoLab || whyMissing('docker', 'dockerd', 'skopeo', 'setfattr') }, () => {
  let docker: Docker;
  let env: Readonly<Record<string, string>>;
  before(async () => {
    docker = await startDocker();
    env = { DOCKER_HOST: docker.address };
    docker.load(labImages, 'debian');
  });
  after(() => docker[Symbol.asyncDispose]());

  void test('are exported with all that exports are said to tell, and without what they are said to lose', async () => {
    const script = `mkdir /x; cd /x; echo hi >f; ln f g; echo v >v; touch -d @-1.5 v; mknod n c 7 9; mkfifo p; ln -s a l;
chown 7:8 f; chmod 4751 f; exec sleep 600`;
    const name = ['--name', 'rich', '--network', 'none', '--tmpfs', '/mnt'];
    docker.run('run', '--detach', ...name, 'holdfast/test:debian', 'sh', '-c', script);
    const pid = docker.run('inspect', '--format', '{{.State.Pid}}', 'rich').trim();
    while (fs.readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'sleep\n') run('sleep', '0.1');
    const rich = `/proc/${pid}/root/x`;
    run('setfattr', '-n', 'security.capability', '-v', '0x0100000200040000000000000000000000000000', `${rich}/v`);
    run('setfattr', '-n', 'user.any', '-v', '1', rich);
    await using live = await openTree('docker:rich', { network: { env } });
    assert.ok(live.live);
    assert.ok(lookup(live.tree, path('x'))?.xattrs?.has(path('user.any')));
    docker.run('kill', 'rich');
    await using exported = await openTree('docker:rich', { network: { env } });
    assert.equal(exported.live, undefined);
    assert.ok(lookup(exported.tree, path('x/v'))?.xattrs?.has(path('security.capability')));
    assert.ok(!lookup(exported.tree, path('x'))?.xattrs?.has(path('user.any')));
    assert.deepEqual(Array.from(live.container?.mounts ?? []), [
      'dev',
      'etc/hostname',
      'etc/hosts',
      'etc/resolv.conf',
      'mnt',
      'proc',
      'sys',
    ]);
    assert.deepEqual(await changesBetween(live, exported), []);
  });
});

void suite('containers of Podman', { skip: whyNoLab || whyMissing('podman', 'skopeo') }, () => {
  void test('are what podman exports', async () => {
    const root = freshPath();
    fs.mkdirSync(root);
    const configuration = join(root, 'storage.conf');
    fs.writeFileSync(configuration, `[storage]\ndriver = "vfs"\ngraphroot = "${root}/root"\nrunroot = "${root}/run"\n`);
    const env = { PATH: process.env['PATH'] ?? '', HOME: root, CONTAINERS_STORAGE_CONF: configuration };
    const podman = (...args: readonly string[]): string => {
      const { status, stdout, stderr } = spawnSync(
        'podman',
        ['--cgroup-manager', 'cgroupfs', '--events-backend', 'none', ...args],
        { env },
      );
      assert.equal(status, 0, stderr.toString());
      return stdout.toString();
    };
    run(
      'skopeo',
      'copy',
      '--insecure-policy',
      '-q',
      `oci:${labImages}:debian`,
      `containers-storage:[vfs@${root}/root+${root}/run]localhost/base:1`,
    );
    podman('create', '--name', 'made', '--network', 'none', '--volume', '/data', 'localhost/base:1', 'true');
    const result = await diffReferences(`oci:${labImages}:debian`, 'podman:made', { network: { env } });
    assert.deepEqual(
      result.changes.map(({ change, path: name }) => `${change} ${name}`),
      [],
    );
    assert.deepEqual([result.linked, result.unlinked, result.notCompared], [[], [], ['nanoseconds']]);
    await using made = await openTree('podman:made', { network: { env } });
    assert.deepEqual(made.container, { engine: 'podman', mounts: ['data'] });
    podman('rm', 'made');
    podman('rmi', 'localhost/base:1');
  });
});

void suite(
  'a system of BusyBox',
  { skip: !isRoot ? 'only root can change the root' : whyMissing('busybox', 'chroot') },
  () => {
    void test('is listed by the reduced line, and not by the other, which says so', async () => {
      const root = freshPath();
      fs.mkdirSync(join(root, 'bin'), { recursive: true });
      for (const name of ['proc', 'tmp']) fs.mkdirSync(join(root, name));
      const busybox = run('which', 'busybox').trim();
      fs.copyFileSync(busybox, join(root, 'bin/busybox'));
      for (const name of ['sh', 'find', 'stat', 'readlink', 'sha256sum', 'cat', 'printf'])
        fs.symlinkSync('busybox', join(root, 'bin', name));
      fs.linkSync(join(root, 'bin/busybox'), join(root, 'bin/second\nname'));
      const listed = (line: string): Buffer =>
        spawnSync('chroot', [root, '/bin/sh', '-c', line], { maxBuffer: 1024 ** 3 }).stdout;
      const { listing, reduced } = findListingCommands('/');
      await assert.rejects(readFindListing([listed(listing)], 'listing'), /no -printf, the reduced line is needed/);
      const file = freshPath();
      fs.writeFileSync(file, listed(reduced));
      const result = await diffReferences(`rootfs:${root}`, `find:${file}`);
      assert.deepEqual([result.changes, result.linked, result.unlinked], [[], [], []]);
      assert.deepEqual(result.notCompared, ['nanoseconds', 'xattrs']);
    });
  },
);

/** What differs in facts that both know, with content; what one of them could not see is left out. */
async function changesBetween(a: OpenTree, b: OpenTree): Promise<string[]> {
  const files = (tree: OpenTree): Inode[] => Array.from(walk(tree.tree), ({ inode }) => inode);
  const [before, after] = [await a.contentDigests(files(a)), await b.contentDigests(files(b))];
  const { changes, formed, dissolved } = diffTrees(a.tree, b.tree, {
    facts: commonFacts(a.facts, b.facts),
    sameContent: (one, other) => before.get(one) !== undefined && before.get(one) === after.get(other),
    isIgnored: (name) => a.isUnseen(name) || b.isUnseen(name),
  });
  const told = changes.map(
    (change: PathChange) =>
      `${change.change} ${change.path}${'aspects' in change ? ` ${change.aspects.join(' ')}` : ''}`,
  );
  return [...told, ...[...formed, ...dissolved].map(({ paths }) => paths.join(' = '))];
}

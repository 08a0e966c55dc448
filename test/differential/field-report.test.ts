/**
 * The report that started it: an image with two hard-linked files, which arrive on a platform as two files (Type 1), or as one
 * (Type 2). Built by Docker, run by Docker, runc and crun, and then damaged as the platform did.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { directory, file, hardlink, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { findListingCommands } from '../../src/trees/index.ts';
import type { VerifyResult } from '../../src/verify/index.ts';
import { type Workplace, workplace } from './command.ts';
import { type Docker, startDocker } from './docker-daemon.ts';
import { labImages, whyNoLab } from './lab.ts';
import { whyMissing } from './peers.ts';
import { run } from './programs.ts';

/** What statfs says of the unified hierarchy of cgroups. */
const cgroups2 = 0x6367_7270;
const dockerfile = `FROM base:1
WORKDIR /app
RUN echo foo >testfile && ln testfile testfile_2
CMD ["sleep", "600"]
`;

void suite('the first field report', { skip: whyNoLab || whyMissing('docker', 'dockerd', 'skopeo') }, () => {
  let docker: Docker;
  let work: Workplace;
  /** As Docker built it. */
  let image: string;
  const at = (name: string): string => join(work.path, name);

  before(async () => {
    docker = await startDocker();
    work = workplace().with({ DOCKER_HOST: docker.address });
    await work.done('copy', '-q', `oci:${labImages}:debian`, 'docker-daemon:base:1');
    fs.mkdirSync(at('context'));
    fs.writeFileSync(at('context/Dockerfile'), dockerfile);
    run(
      'env',
      'DOCKER_BUILDKIT=0',
      `DOCKER_HOST=${docker.address}`,
      'docker',
      'build',
      '--network=none',
      '-qt',
      'report:1',
      at('context'),
    );
    docker.run('run', '--detach', '--name', 'app', '--network', 'none', 'report:1');
    image = `oci:${at('images')}:report`;
    await work.done('copy', '-q', 'docker-daemon:report:1', image);
    await work.done('unpack', '-q', '--no-record', image, at('rootfs'));
  });
  after(async () => {
    docker.run('rm', '--force', 'app');
    await docker[Symbol.asyncDispose]();
  });

  /** What verify finds; it must say by its exit code whether that is anything. */
  const verified = async (tree: string, ...flags: readonly string[]): Promise<VerifyResult> => {
    const { code, stdout, stderr } = await work.run('verify', '--format', 'json', ...flags, image, tree);
    assert.ok(code === 0 || code === 3, stderr);
    const result = JSON.parse(Buffer.from(stdout, 'latin1').toString()) as VerifyResult;
    assert.equal(result.ok, code === 0);
    return result;
  };
  const faultsOf = ({ faults }: VerifyResult): string[] =>
    faults.map(({ kind, paths, cause }) => `${kind} ${paths.join(' = ')} ${cause?.hazard ?? '-'}`);
  /** Runs in the container. */
  const inside = (command: string): string => docker.run('exec', 'app', 'sh', '-c', command);

  void test('is clean in a container of Docker that runs', async () => {
    const { faults, unseen, times, notCompared } = await verified('docker:app');
    assert.deepEqual({ faults, unseen, times }, { faults: [], unseen: [], times: 'nanoseconds' });
    assert.ok(!notCompared.includes('xattrs'));
    assert.equal(new Set(inside("find /app -type f -printf '%i\\n'").trim().split('\n')).size, 1);
  });

  void test('is clean by a shell in that container, and by nothing else', async () => {
    const { listing, digests } = findListingCommands('/');
    fs.writeFileSync(at('listing'), `${listing}\n${digests}\n`);
    const script = fs.openSync(at('listing'), 'r');
    const found = spawnSync('docker', ['exec', '-i', 'app', 'sh'], {
      stdio: [script, 'pipe', 'inherit'],
      env: { ...process.env, DOCKER_HOST: docker.address },
      maxBuffer: 1024 ** 3,
    });
    fs.closeSync(script);
    fs.writeFileSync(at('found'), found.stdout);
    const { faults, unseen, notCompared } = await verified(`find:${at('found')}`);
    assert.deepEqual({ faults, unseen }, { faults: [], unseen: [] });
    assert.ok(!notCompared.includes('content') && notCompared.includes('xattrs'));
  });

  for (const runtime of ['runc', 'crun'] as const) {
    void test(`is clean in a container of ${runtime}, while it runs there`, { skip: whyMissing(runtime) }, async () => {
      fs.rmSync(at('config.json'), { force: true });
      run(runtime, 'spec', '--bundle', work.path);
      const config = JSON.parse(fs.readFileSync(at('config.json'), 'utf8')) as {
        process: { terminal: boolean; args: string[] };
      };
      config.process = {
        ...config.process,
        terminal: false,
        args: ['sh', '-c', "find /app -type f -printf '%i\\n'; read line"],
      };
      fs.writeFileSync(at('config.json'), JSON.stringify(config));
      const name = `holdfast-${process.pid}`;
      const [program = '', ...args] = started(runtime, ['--root', at(runtime), 'run', '--bundle', work.path, name]);
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
      const ended = once(child, 'exit');
      let printed = '';
      child.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
      for (let attempt = 0; printed.split('\n').length < 3 && attempt < 200; attempt++) await setTimeout(50);
      try {
        const [first, second] = printed.split('\n');
        assert.equal(first, second, 'one inode');
        assert.deepEqual(faultsOf(await verified(`rootfs:${at('rootfs')}`)), []);
      } finally {
        child.stdin.end('\n');
        await ended;
      }
    });
  }

  void test('is damaged as Type 1: each name has become a file of its own', async () => {
    const tar = ['--format=posix', '--xattrs', '--xattrs-include=*'];
    fs.mkdirSync(at('split'));
    run('tar', ...tar, '--hard-dereference', '-C', at('rootfs'), '-cf', at('split.tar'), '.');
    run('tar', ...tar, '-C', at('split'), '-xpf', at('split.tar'));
    const result = await verified(`rootfs:${at('split')}`);
    const found = faultsOf(result);
    assert.ok(found.includes('links-split app/testfile = app/testfile_2 C01'), found.join('\n'));
    assert.ok(
      found.every((fault) => fault.startsWith('links-split ')),
      found.join('\n'),
    );
    assert.equal(result.faults[0]?.cause?.confidence, 'high');
    const { stdout } = await work.run('verify', '--quick', image, `rootfs:${at('split')}`);
    assert.match(stdout, /is not what .* says/);
    assert.match(stdout, /app\/testfile = app\/testfile_2 +now app\/testfile; app\/testfile_2\n/);
    assert.match(stdout, /C01 \(high confidence\)/);
  });

  void test('is damaged as Type 2: one of the names is gone', async () => {
    inside('rm /app/testfile_2');
    const found = faultsOf(await verified('docker:app'));
    assert.deepEqual(found, ['mtime app -', 'links-missing app/testfile_2 C01']);
    inside('cp -p /app/testfile /app/testfile_2');
    const { faults } = await verified('docker:app');
    const split = faults.find(({ kind }) => kind === 'links-split');
    assert.deepEqual(split?.paths, ['app/testfile', 'app/testfile_2']);
    assert.equal(split.layer, 5);
  });

  void test('is damaged as Type 2 where the target is absolute, as kaniko wrote it', async () => {
    const layer = layerOf([
      directory('app'),
      file('app/testfile', 'foo\n'),
      hardlink('app/testfile_2', '/app/testfile'),
    ]);
    writeLayout(at('kaniko-layout'), { latest: imageOf([layer]) });
    const kaniko = `oci:${at('kaniko-layout')}:latest`;
    await work.done('unpack', '-q', '--no-record', kaniko, at('kaniko'));
    const clean = await work.run('verify', '-q', kaniko, `rootfs:${at('kaniko')}`);
    assert.equal(clean.code, 0, clean.stdout);
    const { mtime } = fs.statSync(at('kaniko/app'));
    fs.unlinkSync(at('kaniko/app/testfile_2'));
    fs.utimesSync(at('kaniko/app'), mtime, mtime);
    const { code, stdout } = await work.run('verify', '--format', 'json', kaniko, `rootfs:${at('kaniko')}`);
    assert.equal(code, 3);
    const { faults } = JSON.parse(stdout) as VerifyResult;
    assert.deepEqual(
      faults.map(({ kind, paths, layer: number, cause }) => ({ kind, paths, number, hazard: cause?.hazard })),
      [{ kind: 'links-missing', paths: ['app/testfile_2'], number: 1, hazard: 'P01' }],
    );
  });

  void test('is known by an export of the container when it has ended, as far as that tells', async () => {
    inside('ln -f /app/testfile /app/testfile_2');
    docker.run('kill', 'app');
    const { faults, unseen, times, notCompared } = await verified('docker:app');
    assert.deepEqual(
      faults.map(({ kind, paths }) => `${kind} ${paths.join(' ')}`),
      ['mtime app'],
    );
    assert.deepEqual({ unseen, times }, { unseen: [], times: 'seconds' });
    assert.ok(notCompared.includes('nanoseconds'));
  });
});

/** crun wants the unified hierarchy: where the machine has another one, it gets its own, in a mount namespace. */
function started(runtime: 'runc' | 'crun', args: readonly string[]): readonly string[] {
  const isUnified = fs.statfsSync('/sys/fs/cgroup').type === cgroups2;
  if (runtime === 'runc' || isUnified) return [runtime, ...args];
  const script = 'mount -t cgroup2 none /sys/fs/cgroup && exec crun --cgroup-manager=disabled "$@"';
  return ['unshare', '--mount', 'sh', '-c', script, 'crun', ...args];
}

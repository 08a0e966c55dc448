/** A real image into a real Docker Engine and back, which runs it meanwhile. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { sha256Of } from '../../src/testing/index.ts';
import { assertSameTree, listingOfDirectory } from '../cases/index.ts';
import { type Workplace, workplace } from './command.ts';
import { containerMasks } from './container-masks.ts';
import { type Docker, startDocker } from './docker-daemon.ts';
import { labImages, whyNoLab } from './lab.ts';
import { maskedPair } from './masks.ts';
import { withOverlay } from './overlay.ts';
import { whyMissing } from './peers.ts';

const debian = `oci:${labImages}:debian`;

void suite('a real image and Docker', { skip: whyNoLab || whyMissing('docker', 'dockerd') }, () => {
  let docker: Docker;
  let work: Workplace;
  let unpacked: string;
  before(async () => {
    docker = await startDocker();
    work = workplace().with({ DOCKER_HOST: docker.address });
    unpacked = join(work.path, 'unpacked');
    await work.done('unpack', '-q', '--no-record', debian, unpacked);
    await work.done('copy', '-q', debian, 'docker-daemon:copied:1');
  });
  after(() => docker[Symbol.asyncDispose]());

  void test('has the ID there that its config has', async () => {
    const { configDigest } = JSON.parse(await work.done('inspect', '--format', 'json', debian)) as {
      configDigest: string;
    };
    assert.equal(docker.run('image', 'inspect', '--format', '{{.Id}}', 'copied:1').trim(), configDigest);
    const again = await work.done('copy', '--format', 'json', debian, 'docker-daemon:copied:2');
    const { digest, sourceDigest, changed } = JSON.parse(again) as Record<string, string>;
    assert.equal(digest, configDigest);
    assert.equal(sourceDigest, await work.done('digest', debian));
    assert.match(changed ?? '', /keeps the ID/);
    const back = await work.done('inspect', '--format', 'json', 'docker-daemon:copied:2');
    assert.equal((JSON.parse(back) as { configDigest: string }).configDigest, configDigest);
  });

  void test('runs there, and its hard links are links', () => {
    const command = 'cat /etc/debian_version; stat -c %i /usr/bin/perl /usr/bin/perl5* | sort | uniq -d | wc -l';
    const printed = docker.run('run', '--rm', '--network', 'none', 'copied:1', 'sh', '-c', command);
    const version = fs.readFileSync(join(unpacked, 'etc/debian_version'), 'utf8');
    assert.equal(printed, `${version}1\n`);
  });

  void test('is in a container as Holdfast unpacks it', async () => {
    const layers = docker.image('copied:1').containerLayers();
    const theirs = await withOverlay(layers, async (merged) => listingOfDirectory(merged));
    assertSameTree(...maskedPair(theirs, listingOfDirectory(unpacked), containerMasks));
  });

  void test('is unpacked and exported from there as from its layout', async () => {
    const directory = join(work.path, 'from-docker');
    await work.done('unpack', '-q', '--no-record', 'docker-daemon:copied:1', directory);
    assertSameTree(listingOfDirectory(directory), listingOfDirectory(unpacked));
    const [ours, theirs] = [join(work.path, 'ours.tar'), join(work.path, 'theirs.tar')];
    await work.done('export', '-q', debian, '-o', ours);
    await work.done('export', '-q', 'docker-daemon:copied:1', '-o', theirs);
    assert.equal(sha256Of(fs.readFileSync(theirs)), sha256Of(fs.readFileSync(ours)));
  });

  void test('is loaded by docker from the archive that Holdfast writes', async () => {
    const archive = join(work.path, 'archive.tar');
    await work.done('copy', '-q', debian, `docker-archive:${archive}:piped:1`);
    assert.match(docker.run('load', '--input', archive), /Loaded image: piped:1/);
    const [piped, copied] = ['piped:1', 'copied:1'].map((name) =>
      docker.run('image', 'inspect', '--format', '{{.Id}}', name),
    );
    assert.equal(piped, copied);
  });

  void test('that is not there, or no daemon that has it, is said with what to do', async () => {
    const missing = await work.fails(4, 'unpack', 'docker-daemon:nowhere:1', join(work.path, 'nothing'));
    assert.match(missing, /docker-daemon:nowhere:1": the Docker daemon at .* has no such image \[IMAGE_NOT_FOUND\]/);
    const gone = work.with({ DOCKER_HOST: `unix://${work.path}/no-socket` });
    for (const argv of [
      ['copy', debian, 'docker-daemon:x:1'],
      ['ls', 'docker-daemon:x:1'],
    ]) {
      const said = await gone.fails(6, ...argv);
      assert.match(
        said,
        /cannot be reached: .* \[HOST_UNREACHABLE\]\nhint: is dockerd running\? DOCKER_HOST says where/,
      );
    }
  });
});

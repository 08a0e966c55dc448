/** What a container of Docker wrote, as its upper directory tells it and as Docker does. */
import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { diffReferences } from '../../src/snapshot/index.ts';
import { type Docker, startDocker } from './docker-daemon.ts';
import { labImages, whyNoLab } from './lab.ts';
import { whyMissing } from './peers.ts';

const script = `cd /usr; rm -r share/doc; mv share/perl lib/moved; ln bin/perl bin/camel; chmod 700 games
rm -r local; mkdir local; echo new > local/new; rm -r /srv; ln -s tmp /srv; touch -d @5 /etc/passwd; mkfifo /root/fifo; rm -f /etc/motd`;

const letters = { added: 'A', changed: 'C', removed: 'D' } as const;

void suite('a container of Docker', { skip: whyNoLab || whyMissing('docker', 'dockerd', 'skopeo') }, () => {
  let docker: Docker;
  before(async () => {
    docker = await startDocker();
    docker.load(labImages, 'debian');
  });
  after(() => docker[Symbol.asyncDispose]());

  void test('has changed what its upper directory says', async () => {
    docker.run('run', '--name', 'changed', '--network', 'none', 'holdfast/test:debian', 'sh', '-ec', script);
    const upper = docker.run('inspect', '--format', '{{.GraphDriver.Data.UpperDir}}', 'changed').trim();
    const { changes, problems } = await diffReferences(`oci:${labImages}:debian`, { upper });
    // Docker never tells of the root itself.
    const below = changes.filter(({ path }) => path !== '.');
    const told = below.map(({ path, change }) => `${letters[change]} /${path}`);
    const lines = docker.run('diff', 'changed').trim().split('\n');
    assert.deepEqual(told.sort(), lines.sort());
    assert.deepEqual(problems, []);
  });
});

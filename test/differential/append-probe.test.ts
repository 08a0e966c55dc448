/** The probe in a real container, of an image that has no Node and nothing else to run. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { appendProbe } from '../../src/append-probe/index.ts';
import { fromText, isHoldfastError } from '../../src/base/index.ts';
import {
  charDevice,
  directory,
  fifo,
  file,
  hardlink,
  imageOf,
  layerOf,
  symlink,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { openTree } from '../../src/trees/index.ts';
import { verify } from '../../src/verify/index.ts';
import { buildProbe } from '../probe/build-probe.ts';
import { type Docker, startDocker } from './docker-daemon.ts';
import { whyMissing } from './peers.ts';
import { freshPath } from './scratch.ts';

const token = 'a-token-for-the-probe-in-a-container';
const capability = Buffer.from('0100000200040000000000000000000000000000', 'hex');

/** Docker takes those of a link for those of the file. */
const attributes = { mode: 0o4755, mtime: { seconds: 1_600_000_000, nanoseconds: 123_456_789 } };
const base = layerOf([
  directory('etc/'),
  file('etc/passwd', 'root:x:0:0\n'),
  directory('opt/', { mode: 0o1750, uid: 7, gid: 8 }),
  file('opt/one', 'content', attributes),
  hardlink('opt/two', 'opt/one', attributes),
  file('opt/able', 'x', { xattrs: { 'security.capability': capability, 'user.note': 'kept' } }),
  symlink('opt/link', '../etc/passwd'),
  fifo('opt/fifo'),
  charDevice('opt/null', 1, 3),
  file('opt/gone', 'x'),
]);
const top = layerOf([directory('etc/'), directory('opt/', { mode: 0o1750, uid: 7, gid: 8 }), whiteout('opt/gone')]);

void suite('a probe in a container', { skip: whyMissing('docker', 'dockerd', 'skopeo') }, () => {
  let docker: Docker;
  let work: string;
  let id: string | undefined;
  before(async () => {
    docker = await startDocker();
    work = freshPath();
    fs.mkdirSync(work);
  });
  after(async () => {
    if (id !== undefined) docker.run('rm', '--force', id);
    await docker[Symbol.asyncDispose]();
  });

  void test('tells the tree of its image, without a Node or a shell in it', async () => {
    const layout = join(work, 'layout');
    writeLayout(layout, { app: imageOf([base, top]) });
    const options = { program: buildProbe(work), compression: 'none', asEntrypoint: true } as const;
    const { starts } = await appendProbe(`oci:${layout}:app`, `oci:${layout}:probe`, options);
    assert.equal(starts[0]?.node, 'included');
    docker.load(layout, 'probe');
    const port = 20_000 + (process.pid % 20_000);
    const environment = ['--env', `HOLDFAST_PROBE_TOKEN=${token}`, '--env', `PORT=${port}`];
    id = docker.run('run', '--detach', '--network', 'host', ...environment, 'holdfast/test:probe').trim();
    const url = `http://127.0.0.1:${port}`;
    await answered(url);
    const result = await verify(`oci:${layout}:probe`, url, { probeToken: token });
    assert.deepEqual(result.faults, []);
    assert.deepEqual(result.unseen, []);
    assert.equal(result.ok, true);
    assert.ok(result.names > 20);
    assert.equal(await seesXattr(url, 'security.capability'), true);

    docker.run('exec', id, ...(starts[0]?.command.slice(0, -1) ?? []), '-e', damage);
    const damaged = await verify(`oci:${layout}:probe`, url, { probeToken: token });
    assert.deepEqual(
      damaged.faults
        .map(({ kind, paths }) => `${kind} ${paths.join(' ')}`)
        .filter((fault) => !fault.startsWith('mtime')),
      ['links-split opt/one opt/two'],
    );

    docker.run('stop', '--time', '8', id);
    assert.equal(docker.run('inspect', '--format', '{{.State.ExitCode}}', id).trim(), '143');
    assert.ok(!docker.run('logs', id).includes(token));
  });
});

/** What a runtime does that breaks links: the second name becomes a file of its own. */
const damage = `
  const fs = require('node:fs');
  const { mode, atime, mtime } = fs.statSync('/opt/two');
  fs.copyFileSync('/opt/two', '/opt/two.new');
  fs.chmodSync('/opt/two.new', mode);
  fs.utimesSync('/opt/two.new', atime, mtime);
  fs.renameSync('/opt/two.new', '/opt/two');
`;

/** koffi is in the layer too. */
async function seesXattr(url: string, name: string): Promise<boolean> {
  await using tree = await openTree(url, { probeToken: token });
  const { xattrs } = tree.facts;
  return typeof xattrs === 'function' ? xattrs(fromText(name)) : xattrs;
}

async function answered(url: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      const tree = await openTree(url, { probeToken: token });
      return await tree[Symbol.asyncDispose]();
    } catch (error) {
      if (!isHoldfastError(error, 'HOST_UNREACHABLE') || attempt === 30) throw error;
    }
    await setTimeout(200);
  }
}

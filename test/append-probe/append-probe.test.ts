/** Images with the probe in them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { appendProbe, type AppendProbeOptions } from '../../src/append-probe/index.ts';
import { fromText } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import { loadRootfs } from '../../src/rootfs/index.ts';
import {
  directory,
  type EntrySpec,
  file,
  imageOf,
  type ImageOptions,
  indexOf,
  layerOf,
  symlink,
  writeLayout,
} from '../../src/testing/index.ts';
import { lookup } from '../../src/tree/index.ts';
import { failure, scratch } from '../unpack/scratch.ts';

const here = process.arch === 'x64' ? 'amd64' : process.arch;
const other = here === 'amd64' ? 'arm64' : 'amd64';
const withNode: readonly EntrySpec[] = [
  directory('usr/'),
  directory('usr/bin/'),
  file('usr/bin/node.real', 'node', { mode: 0o755 }),
  symlink('usr/bin/node', 'node.real'),
];

void describe('append-probe', () => {
  void it("runs with the image's own Node, and leaves everything else as it is", async (t) => {
    const { from, to, options } = prepared(t, withNode, { config: { Cmd: ['/app'], User: '1000' } });
    const { starts, images, sourceDigest, digest } = await appendProbe(from, to, options);
    const command = ['/usr/bin/node', '/.holdfast/probe.mjs'];
    assert.deepEqual(starts, [{ platform: `linux/${here}`, command, node: 'image', user: '1000' }]);
    assert.notEqual(sourceDigest, digest);
    const before = await opened(t, from);
    const after = await opened(t, to);
    assert.deepEqual(after.config.config, before.config.config);
    assert.deepEqual(
      images[0]?.layers.map(({ origin }) => origin),
      ['kept', 'written'],
    );
    const { tree } = await loadRootfs(after);
    const probe = lookup(tree, fromText('.holdfast/probe.mjs'));
    assert.deepEqual([probe?.mode, probe?.uid, probe?.mtime.seconds], [0o755, 0, 0]);
    assert.equal(lookup(tree, fromText('.holdfast/node')), undefined);
    assert.equal(lookup(tree, fromText('.holdfast/node_modules/koffi/package.json'))?.kind, 'file');
  });

  void it('makes the same image twice', async (t) => {
    const { from, to, options } = prepared(t, withNode);
    const one = await appendProbe(from, to, options);
    const two = await appendProbe(from, `${to}-2`, options);
    assert.equal(one.digest, two.digest);
  });

  void it('brings Node and what it needs where the image has none', async (t) => {
    const { from, to, options } = prepared(t, [file('app', 'x')]);
    const { starts } = await appendProbe(from, to, { ...options, asEntrypoint: true });
    const [start] = starts;
    assert.equal(start?.node, 'included');
    assert.equal(start.command.at(-1), '/.holdfast/probe.mjs');
    const image = await opened(t, to);
    assert.deepEqual(image.config.config?.Entrypoint, start.command);
    assert.deepEqual(image.config.config?.Env, ['PORT=8080']);
    assert.deepEqual(Object.keys(image.config.config?.ExposedPorts ?? {}), ['8080/tcp']);
    const { tree } = await loadRootfs(image);
    for (const word of start.command.filter((one) => one.startsWith('/.holdfast/') && !one.endsWith('/lib'))) {
      const inode = lookup(tree, fromText(word.slice(1)));
      assert.deepEqual([inode?.kind, inode?.mode], ['file', 0o755], word);
    }
    assert.equal(lookup(tree, fromText('.holdfast/node'))?.size, fs.statSync(process.execPath).size);
  });

  const none: Readonly<Record<string, readonly [readonly EntrySpec[], ImageOptions]>> = {
    'it is not on the PATH': [withNode, { config: { Env: ['PATH=/opt/bin:/sbin'] } }],
    'it may not be run': [[directory('usr/'), directory('usr/bin/'), file('usr/bin/node', 'x', { mode: 0o644 })], {}],
    'it is a link to nowhere': [[directory('bin/'), symlink('bin/node', '../gone')], {}],
    'it is too old': [withNode, { config: { Env: ['PATH=/usr/bin', 'NODE_VERSION=18.20.1'] } }],
  };
  for (const [what, [entries, config]] of Object.entries(none)) {
    void it(`counts a Node as none when ${what}`, async (t) => {
      const { from, to, options } = prepared(t, entries, { ...config, platform: `linux/${other}` });
      const platforms = [`linux/${other}`];
      const { message, hint } = await failure('HOST_UNSUPPORTED', appendProbe(from, to, { ...options, platforms }));
      assert.match(`${message} ${hint}`, /does not run on linux\/.*put a Node of version 20/);
    });
  }

  void it('takes every image of an index, each with the Node that it has', async (t) => {
    const layout = path.join(scratch(t), 'layout');
    const of = (architecture: string) =>
      imageOf([layerOf([...withNode, file('arch', architecture)])], { platform: `linux/${architecture}` });
    writeLayout(layout, { latest: indexOf([of('amd64'), of('arm64')]) });
    const options = { ...prepared(t, []).options, all: true };
    const { starts } = await appendProbe(`oci:${layout}:latest`, `oci:${layout}:probe`, options);
    assert.deepEqual(
      starts.map(({ platform, node }) => `${platform} ${node}`),
      ['linux/amd64 image', 'linux/arm64 image'],
    );
  });

  void it('is not for images of other systems, and says when the probe was not built', async (t) => {
    const windows = prepared(t, [], { platform: 'windows/amd64' });
    await failure(
      'HOST_UNSUPPORTED',
      appendProbe(windows.from, windows.to, { ...windows.options, platforms: ['windows/amd64'] }),
    );
    const { from, to, options } = prepared(t, withNode);
    await failure('HOST_REFUSED', appendProbe(from, to, { ...options, program: '/proc/nowhere' }));
  });
});

interface Prepared {
  readonly from: string;
  readonly to: string;
  readonly options: AppendProbeOptions & { readonly program: string };
}

function prepared(t: TestContext, entries: readonly EntrySpec[], options: ImageOptions = {}): Prepared {
  const work = scratch(t);
  const program = path.join(work, 'probe.mjs');
  fs.writeFileSync(program, 'the probe');
  const platform = `linux/${here}`;
  writeLayout(path.join(work, 'layout'), { latest: imageOf([layerOf(entries)], { platform, ...options }) });
  return {
    from: `oci:${work}/layout:latest`,
    to: `oci:${work}/layout:probe`,
    options: { program, compression: 'none' },
  };
}

async function opened(t: TestContext, reference: string) {
  const image = await openImage(reference);
  t.after(() => image[Symbol.asyncDispose]());
  return image;
}

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import {
  directory,
  file,
  imageOf,
  layerOf,
  ociArchiveOf,
  tarOf,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';
import { places } from './places.ts';

const base = imageOf([layerOf([file('a', '1'), directory('d/'), file('d/x')])]);
const tools = imageOf([layerOf([file('tool')])]);

/** Two images, and a layer that removes something. */
async function ready(t: TestContext) {
  const all = await places(t);
  writeLayout(path.join(all.directory, 'base'), { v1: base });
  writeLayout(path.join(all.directory, 'tools'), { v1: tools });
  const layer = path.join(all.directory, 'changes.tar');
  fs.writeFileSync(layer, tarOf([whiteout('d'), file('a', '2')]));
  const [one, two] = ['base', 'tools'].map((name) => `oci:${path.join(all.directory, name)}:v1`) as [string, string];
  return { bench: all, one, two, layer: `layer:${layer}`, to: `oci:${path.join(all.directory, 'to')}:merged` };
}

void describe('holdfast merge', () => {
  void it('says what was merged, and what became of the blobs', async (t) => {
    const { bench, one, two, layer, to } = await ready(t);
    const { stdout, stderr } = await bench.done(['merge', one, two, layer, '--to', to]);
    assert.match(stderr, /: (?:linked|cloned), /);
    const [title, ...facts] = stdout.trimEnd().split('\n');
    assert.equal(title, `merged ${one}, ${two}, ${layer} into ${to}`);
    assert.match(
      facts.join('\n'),
      /^digest +sha256:[0-9a-f]{64}\nplatform +linux\/amd64\nlayers +3\nblobs +2 moved \(.*\), 2 shared with the source$/,
    );
    assert.equal((await bench.done(['ls', '-R', to])).stdout, 'a\ntool\n');
  });

  void it('prints the digest alone, and everything as JSON', async (t) => {
    const { bench, one, two, to } = await ready(t);
    const { stdout } = await bench.done(['merge', '-q', one, two, '--to', to]);
    const result = await bench.json<{ digest: string; inputs: string[]; images: { layers: object[] }[] }>([
      'merge',
      one,
      two,
      '--to',
      to,
    ]);
    assert.equal(stdout, `${result.digest}\n`);
    assert.deepEqual(result.inputs, [one, two]);
    assert.deepEqual(
      Object.keys(result.images[0]?.layers[0] ?? {}),
      'digest size mediaType diffId origin input outcome'.split(' '),
    );
  });

  void it('lists what would be replaced, where nothing may be', async (t) => {
    const { bench, one, layer, to } = await ready(t);
    const said = await bench.fails(7, ['merge', '--on-conflict', 'error', one, layer, '--to', to]);
    assert.match(
      said,
      /^error: ".*changes\.tar" would replace what is there already: "a", "d" \[CONFLICTS_REFUSED\]$/m,
    );
    assert.ok(!fs.existsSync(path.join(bench.directory, 'to')));
  });

  void it('reads and writes archives on stdin and stdout', async (t) => {
    const { bench, two } = await ready(t);
    const stdin = ociArchiveOf({ v1: base });
    const { code, stderr, stdout } = await bench.run(['merge', 'oci-archive:-', two, '--to', 'oci-archive:-'], {
      stdin,
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /merged oci-archive:-, .* into oci-archive:-/);
    assert.match(stdout, /oci-layout/);
  });

  void it('wants to know where to', async (t) => {
    const { bench, one } = await ready(t);
    assert.match(await bench.fails(2, ['merge', one]), /--to DST is missing/);
    assert.match(await bench.fails(2, ['merge', '--to', one]), /TREE/);
    assert.match(await bench.fails(2, ['merge', one, '--to', one, '--on-conflict', 'follow']), /follow/);
    assert.match(await bench.fails(4, ['merge', `${one}x`, '--to', one]), /IMAGE_NOT_FOUND/);
  });
});

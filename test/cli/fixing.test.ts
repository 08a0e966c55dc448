import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { directory, file, hardlink, imageOf, indexOf, layerOf } from '../../src/testing/index.ts';
import { layout, scratch } from '../inspect/example.ts';
import { cli } from './run-cli.ts';

const base = layerOf([file('a', 'a')]);
const kaniko = layerOf([directory('d/'), file('d/x', 'x'), hardlink('d/y', '/d/x'), hardlink('d/z', '/d/x')]);
const late = layerOf([hardlink('l', 'f'), file('f', 'f')]);
const bad = imageOf([base, kaniko]);
const both = indexOf([bad, imageOf([base], { platform: 'linux/arm64' })]);

void describe('holdfast fix', () => {
  void it('tells which layers were repaired and why, and what became of every digest', async (t) => {
    const [source, target] = [layout(t, { v1: bad }), `oci:${path.join(scratch(t), 'out')}:v2`];
    const { code, stdout, stderr } = await cli(['fix', source, target]);
    assert.equal(code, 0, stderr);
    const lines = stdout.trimEnd().split('\n');
    assert.equal(lines[0], `repaired ${source} into ${target}`);
    assert.match(stdout, /^layer 2 \(sha256:[0-9a-f]{12}…\) amended, \d+ bytes -> \d+ bytes: P01 d\/y and 1 more$/m);
    assert.match(stdout, new RegExp(`^layer {5}${kaniko.digest} -> sha256:[0-9a-f]{64}$`, 'm'));
    assert.match(stdout, new RegExp(`^manifest {2}${bad.digest} -> sha256:[0-9a-f]{64}$`, 'm'));
    const again = await cli(['fix', target, target]);
    assert.match(again.stdout, /^nothing to repair: the image stays as it is$/m);
  });

  void it('prints only the digest, or everything as JSON', async (t) => {
    const [source, target] = [layout(t, { v1: both }), `oci:${path.join(scratch(t), 'out')}:v2`];
    const json = await cli(['fix', '--format', 'json', '--all', source, target]);
    const result = JSON.parse(json.stdout) as Record<string, unknown>;
    const keys = 'blobs destination digest digests dryRun images mediaType notes source sourceDigest';
    assert.equal(Object.keys(result).toSorted().join(' '), keys);
    const quiet = await cli(['fix', '-q', '--all', source, target]);
    assert.equal(quiet.stdout, `${String(result['digest'])}\n`);
    const text = await cli(['fix', '--all', source, target]);
    assert.match(text.stdout, /^linux\/amd64:\nlayer 2 /m);
    assert.match(text.stdout, new RegExp(`^index {5}${both.digest} -> `, 'm'));
  });

  void it('writes nothing with --dry-run', async (t) => {
    const [source, out] = [layout(t, { v1: bad }), path.join(scratch(t), 'out')];
    const { stdout } = await cli(['fix', '--dry-run', '--rule', 'P01', source, `oci:${out}:v2`]);
    assert.match(stdout, /^would write .* into /);
    assert.match(stdout, /^manifest/m);
    assert.equal(fs.existsSync(out), false);
  });

  void it('asks for --accept where the image does not say what is meant', async (t) => {
    const [source, out] = [layout(t, { v1: imageOf([late]) }), path.join(scratch(t), 'out')];
    const refused = await cli(['fix', source, `oci:${out}:v2`]);
    assert.equal(refused.code, 7);
    assert.match(
      refused.stderr,
      /layer 1: l becomes a link to what f is at the end of it \[FIX_UNDECIDED\]\nhint: --dry-run lists/,
    );
    assert.equal(fs.existsSync(out), false);
    const dry = await cli(['fix', '--dry-run', source, `oci:${out}:v2`]);
    assert.match(dry.stdout, /^decided in layer 1: l is taken to be a link to what f is at the end of the layer$/m);
    const accepted = await cli(['fix', '--accept', source, `oci:${out}:v2`]);
    assert.equal(accepted.code, 0, accepted.stderr);
  });

  void it('tells what --delink costs, and takes no other words for it', async (t) => {
    const [source, target] = [layout(t, { v1: bad }), `oci:${path.join(scratch(t), 'out')}:v2`];
    const { stdout } = await cli(['fix', '--delink-as', 'copy', source, target]);
    assert.match(stdout, /^1 link group undone; the files: 2 bytes -> 4 bytes$/m);
    const links = await cli(['fix', '--delink', source, `oci:${path.join(scratch(t), 'links')}:v2`]);
    assert.match(links.stdout, /^1 link group undone; the files: 2 bytes -> 2 bytes$/m);
    assert.equal((await cli(['fix', '--delink-as', 'both', source, target])).code, 2);
    assert.equal((await cli(['fix', '--rule', 'P99', source, target])).code, 2);
  });
});

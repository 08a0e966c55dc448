import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { commandTable } from '../../src/cli/index.ts';
import { directory, file, imageOf, layerOf } from '../../src/testing/index.ts';
import { layout, scratch } from '../inspect/example.ts';
import { cannotMountOverlay } from '../overlay/mounted.ts';
import { cli } from './run-cli.ts';

const image = imageOf([layerOf([directory('./'), directory('etc/'), file('etc/passwd', 'root'), file('git', 'git')])]);

async function done(argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await cli(argv);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** Under an overlay, with a change. */
async function overlaid(t: TestContext) {
  const mounted: string[] = [];
  t.after(() => spawnSync('umount', mounted));
  const source = layout(t, { v1: image });
  const target = path.join(scratch(t), 'root');
  const said = await done(['unpack', '--overlay', '--format', 'json', source, target]);
  mounted.push(target);
  fs.writeFileSync(path.join(target, 'etc/new'), 'new');
  fs.utimesSync(path.join(target, 'etc'), 1_700_000_000, 1_700_000_000);
  const { overlay, ...report } = JSON.parse(said) as { readonly overlay: { readonly upper: string } };
  return { source, target, upper: overlay.upper, report: { overlay, ...report } };
}

void describe('holdfast unpack --overlay', { skip: cannotMountOverlay }, () => {
  void it('says where the changes are, in documented words', async (t) => {
    const { report, target, upper } = await overlaid(t);
    const documented = commandTable.find(({ name }) => name === 'unpack')?.json ?? '';
    for (const key of Object.keys(report)) assert.ok(documented.includes(`"${key}"`), `${key} is not documented`);
    assert.equal(upper, path.join(path.dirname(target), '.root.holdfast-overlay/upper'));
    assert.deepEqual(fs.readdirSync(upper), ['etc']);
  });

  void it('is refused where it was done before, with what can be done then', async (t) => {
    const { source, target } = await overlaid(t);
    const { code, stderr } = await cli(['unpack', '--overlay', source, target]);
    assert.equal(code, 1);
    assert.match(stderr, /is set up as an overlay already/);
    assert.match(stderr, /to begin anew: umount .*; rm -r .*; to go on: mount -t overlay overlay -o '/);
    assert.equal((await cli(['unpack', source, target])).code, 1, 'nor is it unpacked over');
    for (const options of [['--host-xattrs'], ['--exclude', 'git']]) {
      const refused = await cli(['unpack', '--overlay', ...options, source, path.join(scratch(t), 'other')]);
      assert.equal(refused.code, 2);
    }
  });

  void it('lets diff, snapshot and commit find what changed, as --upper does', async (t) => {
    const { source, target, upper } = await overlaid(t);
    const told = await cli(['diff', source, target]);
    assert.deepEqual([told.code, told.stdout], [3, 'A etc/new\n']);
    assert.deepEqual(await cli(['diff', '--upper', source, upper]).then(({ stdout }) => stdout), told.stdout);
    const output = path.join(scratch(t), 'layer.tar');
    const digest = await done(['snapshot', '-q', '--base', source, target, '-o', output]);
    assert.equal(await done(['snapshot', '-q', '--base', source, '--upper', upper, '-o', output]), digest);
    assert.equal((await cli(['diff', '--exact', '--upper', source, upper])).code, 2);
    const [one, other] = [`oci:${path.join(scratch(t), 'a')}:x`, `oci:${path.join(scratch(t), 'b')}:x`];
    assert.equal(
      await done(['commit', '-q', '--base', source, target, one]),
      await done(['commit', '-q', '--base', source, '--upper', upper, other]),
    );
    assert.match(await done(['ls', one, 'etc']), /new/);
  });
});

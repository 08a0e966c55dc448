/** The program as it is installed: bundled, beside its workers, with its packages. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { directory, file, hardlink, imageOf, layerOf, whiteout, writeLayout } from '../../src/testing/index.ts';
import { cacheHome } from '../inspect/example.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const place = fs.mkdtempSync(path.join(root, 'node_modules/.holdfast-program-'));

function holdfast(...args: readonly string[]): string {
  const env = { ...process.env, XDG_CACHE_HOME: cacheHome, HOLDFAST_STORE: path.join(place, 'layout') };
  return execFileSync(process.execPath, [path.join(place, 'bin/holdfast.js'), ...args], {
    encoding: 'utf8',
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

void describe('the program', () => {
  before(() => {
    for (const name of ['bin', 'package.json'])
      fs.cpSync(path.join(root, name), path.join(place, name), { recursive: true });
    execFileSync(process.execPath, [path.join(root, 'scripts/build-program.ts'), path.join(place, 'dist/program')]);
    const layers = Array.from({ length: 6 }, (_, at) =>
      layerOf([
        directory(`d${at}/`),
        ...Array.from({ length: 600 }, (__, number) => file(`d${at}/${number}`, `${at} ${number}`)),
        ...(at === 0 ? [file('a', 'text'), hardlink('b', 'a')] : [whiteout(`d${at - 1}/0`)]),
      ]),
    );
    writeLayout(path.join(place, 'layout'), { t: imageOf(layers) });
  });
  after(() => fs.rmSync(place, { recursive: true, force: true }));

  void it('knows its version', () => {
    const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
    assert.equal(holdfast('--version'), `holdfast ${version}\n`);
  });

  void it('unpacks, scans, hashes and collects with the threads that stand beside it', () => {
    const image = `oci:${path.join(place, 'layout')}:t`;
    const target = path.join(place, 'target');
    holdfast('unpack', '-q', '--allow-lossy', image, target);
    assert.equal(fs.readdirSync(path.join(target, 'd5')).length, 600);
    assert.equal(fs.readdirSync(path.join(target, 'd4')).length, 599);
    assert.equal(fs.statSync(path.join(target, 'a')).ino, fs.statSync(path.join(target, 'b')).ino);
    const { isEmpty, filesRead } = JSON.parse(
      holdfast('snapshot', '--exact', '--format', 'json', '--base', image, target, '-o', path.join(place, 'layer.tar')),
    ) as { isEmpty: boolean; filesRead: number };
    assert.ok(isEmpty);
    assert.ok(filesRead > 3000);
    assert.match(holdfast('store', 'fsck'), /\b8 blobs\b/);
  });
});

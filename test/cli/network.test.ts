/** What every command that speaks to registries has in common on the command line. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { generate } from 'selfsigned';
import { commandTable, optionTable } from '../../src/cli/index.ts';
import { file, imageOf, indexOf, layerOf, startTestRegistry } from '../../src/testing/index.ts';
import { places } from './places.ts';

const image = imageOf([layerOf([file('a', 'text')])]);

void describe('options for the network', () => {
  void it('have every command that takes an image', () => {
    const withImages = commandTable.filter((command) =>
      command.arguments.some(({ about }) => about.includes('docker://')),
    );
    for (const { name, options } of withImages) {
      for (const option of ['insecure', 'authfile', 'registryMirror'] as const) {
        assert.ok(options.includes(option), `${name} lacks --${optionTable[option].long}`);
      }
    }
    assert.ok(withImages.length > 15);
  });

  void it('send a mirror of Docker Hub the requests, by option and by environment', async (t) => {
    const all = await places(t);
    all.registry.seed('library/debian', '12', image);
    const mirrored = await all.done(['digest', '--registry-mirror', all.registry.url, 'debian:12']);
    assert.equal(mirrored.stdout, `${image.digest}\n`);
    const env = { HOLDFAST_REGISTRY_MIRROR: `registry.invalid=${all.registry.url}\n${all.registry.url}` };
    await all.done(['digest', 'debian:12'], { env });
    await all.done(['digest', 'registry.invalid/library/debian:12'], { env });
    for (const wrong of ['=', 'quay.io=', 'a b', 'https://', 'ftp://x', 'https://me:secret@mirror.example']) {
      const said = await all.fails(2, ['digest', '--registry-mirror', wrong, 'debian']);
      assert.match(said, /a mirror is malformed .*\nhint: a mirror looks like/);
      assert.doesNotMatch(said, /secret/);
    }
  });

  void it('trust a host blindly only when it is named', async (t) => {
    const all = await places(t);
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'somebody' }]);
    await using secure = await startTestRegistry({ tls: { cert, key } });
    secure.seed('app', 'v1', image);
    const name = `${secure.host.replace('127.0.0.1', 'localhost')}/app:v1`;
    await all.done(['digest', '--insecure', name]);
    await all.done(['digest', name], { env: { HOLDFAST_INSECURE: 'yes' } });
    const directory = path.join(all.directory, 'tree');
    fs.mkdirSync(directory);
    await all.done(['merge', '--insecure', directory, '--to', name.replace('v1', 'v2')]);
    await all.done(['commit', '--insecure', '--base', name, directory, name.replace('v1', 'v3')]);
    await all.done(['snapshot', '--insecure', '--base', name, directory, '-o', path.join(all.directory, 'l.tar')]);
  });
});

void it('every option can be set in the environment', async (t) => {
  const all = await places(t);
  const index = indexOf([image, imageOf([layerOf([file('a', 'arm')])], { platform: 'linux/arm64' })]);
  all.registry.seed('app', 'v1', index);
  const name = `${all.host}/app:v1`;
  const env = { HOLDFAST_QUIET: '1', HOLDFAST_ALL: 'on', HOLDFAST_JOBS: '1', HOLDFAST_PROGRESS: 'none' };
  assert.equal((await all.done(['pull', name], { env })).stdout, `${index.digest}\n`);
  const json = await all.done(['referrers', name], { env: { HOLDFAST_FORMAT: 'json', HOLDFAST_ARTIFACT_TYPE: 'x' } });
  assert.deepEqual((JSON.parse(json.stdout) as { referrers: object[] }).referrers, []);
  const dry = { HOLDFAST_DRY_RUN: '1', HOLDFAST_UNUSED_FOR: '0', HOLDFAST_FORMAT: 'json' };
  const collected = JSON.parse((await all.done(['store', 'gc'], { env: dry })).stdout) as { dryRun: boolean };
  assert.equal(collected.dryRun, true);
  await all.done(['store', 'fsck'], { env: { HOLDFAST_REPAIR: 'yes' } });
  const wrong = await all.fails(2, ['serve'], { env: { HOLDFAST_ADDR: 'nowhere' } });
  assert.match(wrong, /"nowhere" is not an address to listen on/);
  const refused = await all.fails(2, ['store', 'gc'], { env: { HOLDFAST_UNUSED_FOR: 'ever' } });
  assert.match(refused, /^error: HOLDFAST_UNUSED_FOR: "ever" is not a whole number/);
});

void describe('what registries say', () => {
  void it('is told on stderr: waits, warnings, and the last pulls', async (t) => {
    const headers = {
      Warning: '299 - "this repository moves"',
      'RateLimit-Remaining': '3;w=21600',
      'RateLimit-Limit': '100;w=21600',
    };
    const all = await places(t, { quirks: { headers } });
    all.registry.seed('app', 'v1', image);
    all.registry.faults.add({ action: { kind: 'answer', status: 503, headers: { 'Retry-After': '0' } } });
    const { stderr } = await all.done(['digest', `${all.host}/app:v1`]);
    assert.match(stderr, new RegExp(`^${all.host}: .*; trying again in \\d+ m?s$`, 'm'));
    assert.match(stderr, new RegExp(`^${all.host}: this repository moves$`, 'm'));
    assert.match(stderr, new RegExp(`^${all.host}: 3 of 100 pulls left within 6 h$`, 'm'));
    assert.equal((await all.done(['digest', '-q', `${all.host}/app:v1`])).stderr, '');
  });

  void it('is told once for all who wait for the same host', async (t) => {
    const all = await places(t);
    const many = imageOf(Array.from({ length: 4 }, (_, number) => layerOf([file('a', String(number))])));
    all.registry.seed('app', 'v1', many);
    const answer = { kind: 'answer', status: 503, headers: { 'Retry-After': '1' } } as const;
    all.registry.faults.add({ match: { path: /\/blobs\// }, times: 4, action: answer });
    const { stderr } = await all.done(['pull', `${all.host}/app:v1`]);
    assert.equal([...stderr.matchAll(/trying again/g)].length, 1, stderr);
  });

  void it('is shown request by request with --debug', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    const { stderr } = await all.done(['pull', '--debug', `${all.host}/app:v1`]);
    const layer = image.layers[0]?.digest ?? '';
    assert.match(stderr, new RegExp(`^debug: HEAD ${all.registry.url}/v2/app/manifests/v1 200$`, 'm'));
    assert.match(stderr, new RegExp(`^debug: GET ${all.registry.url}/v2/app/blobs/${layer} 200$`, 'm'));
    const failed = await all.run(['pull', '--debug', `${all.host}/none:v1`]);
    assert.match(failed.stderr, /IMAGE_NOT_FOUND\]\n(?:hint: .*\n)? {4}at /);
    assert.equal(failed.stdout, '');
  });

  void it('cannot paint on the terminal', async (t) => {
    const all = await places(t);
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: '\u001b[2Jgone\r\nerror: fake' }] });
    all.registry.faults.add({ times: 9, action: { kind: 'answer', status: 403, body } });
    const said = await all.fails(5, ['digest', `${all.host}/app:v1`]);
    assert.match(said, /DENIED: \\x1b\[2Jgone\\r\\nerror: fake \[ACCESS_DENIED\]/);
  });
});

void it('credentials in a file that is damaged are named, not shown', async (t) => {
  const all = await places(t);
  const authfile = `${all.directory}/auth.json`;
  fs.writeFileSync(authfile, '{"auths":{"a":{"auth":"c2VjcmV0OnNlY3JldA=="}');
  const said = await all.fails(5, ['digest', '--authfile', authfile, `${all.host}/app:v1`]);
  assert.match(said, /auth\.json": .* \[CREDENTIALS_INVALID\]/);
  assert.doesNotMatch(said, /c2VjcmV0/);
});

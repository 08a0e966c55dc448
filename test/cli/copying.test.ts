/** copy, pull and push on the command line. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import {
  dockerArchiveOf,
  file,
  imageOf,
  indexOf,
  layerOf,
  ociArchiveOf,
  writeLayout,
} from '../../src/testing/index.ts';
import { cacheHome, layout } from '../inspect/example.ts';
import { places } from './places.ts';
import { program } from './run-cli.ts';

const image = imageOf([layerOf([file('a', 'one')]), layerOf([file('b', 'two')])]);
const other = imageOf([layerOf([file('a', 'arm')])], { platform: 'linux/arm64' });
const index = indexOf([image, other]);
const subject = { mediaType: image.mediaType, digest: image.digest, size: image.size };
const signature = imageOf([], {
  config: {},
  configDocument: { rootfs: { type: 'layers', diff_ids: [] } },
  manifestDocument: { subject, artifactType: 'application/example.signature' },
});

interface Copied {
  readonly digest: string;
  readonly sourceDigest: string;
  readonly changed?: string;
  readonly blobs: { readonly copied: number; readonly existed: number; readonly mounted: number };
  readonly manifests: number;
  readonly referrers: number;
}

void describe('copy', () => {
  void it('says on stdout what it did, and on stderr what it is doing', async (t) => {
    const all = await places(t);
    const source = layout(t, { v1: image });
    const { stdout, stderr } = await all.done(['copy', `${source}:v1`, `${all.host}/app:v1`]);
    const lines = stdout.split('\n');
    assert.equal(lines[0], `copied ${source}:v1 to ${all.host}/app:v1`);
    assert.equal(lines[1], `digest  ${image.digest}`);
    assert.match(lines[2] ?? '', /^blobs {3}3 moved \(\d+ bytes|KiB\)$/);
    assert.equal(lines.length, 4);
    assert.match(stderr, /^copying the image\n(?:blob sha256:\w{12}…: sent, .*\n){3}$/);
    assert.ok(all.registry.manifest('app', 'v1'));
    const again = await all.done(['copy', `${source}:v1`, `${all.host}/app:v1`]);
    assert.match(again.stdout, /\nblobs {3}3 there already\n$/);
    const mounted = await all.done(['copy', `${all.host}/app:v1`, `${all.host}/team/app:v1`]);
    assert.match(mounted.stdout, /\nblobs {3}3 mounted\n$/);
  });

  void it('prints the digest alone with -q, one object with --format json', async (t) => {
    const all = await places(t);
    const source = `${layout(t, { v1: index })}:v1`;
    const quiet = await all.done(['copy', '-q', '--all', source, `oci:${all.directory}/q`]);
    assert.deepEqual([quiet.stdout, quiet.stderr], [`${index.digest}\n`, '']);
    const result = await all.json<Copied>(['copy', '--all', source, `${all.host}/app:v1`]);
    assert.deepEqual([result.digest, result.manifests, result.blobs.copied], [index.digest, 3, 5]);
  });

  void it('chooses a platform of an index', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', index);
    const source = `docker://${all.host}/app:v1`;
    const copied = await all.done(['copy', '-q', '--platform', 'linux/arm64', source, `oci:${all.directory}/arm`]);
    assert.equal(copied.stdout, `${other.digest}\n`);
    const said = await all.fails(4, ['copy', '--platform', 'linux/s390x', source, `oci:${all.directory}/x`]);
    assert.match(said, /PLATFORM_NOT_FOUND.*\nhint: available: "linux\/amd64", "linux\/arm64"/);
    const several = ['copy', '--platform', 'linux/amd64,linux/arm64', source, `oci:${all.directory}/x`];
    assert.match(await all.fails(2, several), /add --all/);
    const sparse = await all.json<Copied>([...several.slice(0, -1), '--all', `oci:${all.directory}/sparse`]);
    assert.equal(sparse.digest, index.digest);
  });

  void it('takes referrers along when it is asked to', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    all.registry.seed('app', undefined, signature);
    const { stdout } = await all.done(['copy', '--referrers', `${all.host}/app:v1`, `${all.host}/signed:v1`]);
    assert.match(stdout, /\nreferrers {2}1\n$/);
    assert.ok(all.registry.manifest('signed', signature.digest));
    await all.done(['copy', `${all.host}/app:v1`, `${all.host}/bare:v1`], { env: { HOLDFAST_REFERRERS: '1' } });
    assert.ok(all.registry.manifest('bare', signature.digest));
  });

  void it('reads an archive from stdin', async (t) => {
    const all = await places(t);
    const archives = {
      'oci-archive:-': ociArchiveOf({ v1: image }),
      'docker-archive:-': dockerArchiveOf({ 'app:v1': image }, { form: 'new' }),
    };
    for (const [source, stdin] of Object.entries(archives)) {
      const { stdout } = await all.done(['copy', '-q', source, `${all.host}/${source.slice(0, 3)}:v1`], { stdin });
      assert.equal(stdout, `${image.digest}\n`);
    }
    assert.match(
      await all.fails(2, ['copy', '-', `${all.host}/x`]),
      /\nhint: write oci-archive:- or docker-archive:-\n/,
    );
  });

  void it('writes an archive to stdout, and nothing else', async (t) => {
    const all = await places(t);
    const source = `${layout(t, { v1: image })}:v1`;
    for (const [destination, name] of [
      ['oci-archive:-:v1', 'oci-archive:-'],
      ['docker-archive:-:app:v1', 'docker-archive:-'],
    ] as const) {
      for (const form of [[], ['-q'], ['--format', 'json']]) {
        const { bytes } = await all.done(['copy', ...form, source, destination]);
        const back = await all.done(['digest', name], { stdin: bytes });
        assert.equal(back.stdout, `${image.digest}\n`);
      }
      const said = await all.fails(2, ['copy', source, destination], { isTerminal: true });
      assert.match(said, /refusing to write an image archive to a terminal .*\nhint: .*instead of -\n$/);
    }
  });

  void it('goes through a pipe between two processes', async (t) => {
    const all = await places(t);
    const source = `${layout(t, { v1: image })}:v1`;
    const holdfast = program.join(' ');
    const line = `${holdfast} copy --progress none ${source} docker-archive:-:app:v1 | ${holdfast} copy -q docker-archive:- oci:${all.directory}/piped:v1`;
    const env = { ...process.env, XDG_CACHE_HOME: cacheHome, HOLDFAST_STORE: `${all.directory}/store` };
    const { stdout, stderr } = spawnSync('bash', ['-o', 'pipefail', '-c', line], { env, encoding: 'utf8' });
    assert.equal(stdout, `${image.digest}\n`, stderr);
    const closed = `${holdfast} copy -q ${source} oci-archive:- | head -c 1 >/dev/null; echo "\${PIPESTATUS[0]}"`;
    assert.equal(String(execFileSync('bash', ['-c', closed], { env, stdio: ['ignore', 'pipe', 'ignore'] })), '141\n');
  });

  void it('gives each failure its exit code and a hint', async (t) => {
    const all = await places(t);
    const source = `${layout(t, { v1: image, v2: other })}:v1`;
    const target = `oci:${all.directory}/x:v1`;
    const notLayout = path.join(all.directory, 'home');
    fs.mkdirSync(notLayout);
    fs.writeFileSync(path.join(notLayout, 'file'), '');
    const cases: readonly (readonly [number, string, string, RegExp])[] = [
      [2, source.slice(0, -3), target, /holds 2 images.*\nhint: add one of: "v1", "v2"/],
      [2, source, 'dir:x', /"dir" is not supported .*\nhint: copy to oci:DIR:TAG, then: skopeo copy oci:DIR:TAG dir:x/],
      [2, source, 'containers-storage:x', /\nhint: copy to docker-archive:.* podman load/],
      [2, 'dir:x', target, /\nhint: convert it first: skopeo copy dir:x oci:DIR:TAG/],
      [2, source, `${all.host}/UPPER:1`, /upper-case letters/],
      [2, source, `${all.host}/app@${other.digest}`, /DESTINATION_DIGEST/],
      [4, 'oci:/nowhere:v1', target, /there is no such directory/],
      [4, `${all.host}/none:v1`, target, /the registry does not have it .* \[IMAGE_NOT_FOUND\]/],
      [6, '127.0.0.1:1/app:v1', target, /HOST_UNREACHABLE.*\nhint: nothing listens there/],
      [6, 'docker-daemon:app:v1', target, /HOST_UNREACHABLE.*\nhint: is dockerd running\?/],
      [8, source, 'oci:/proc/nowhere', /mkdir "\/proc\/nowhere": ENOENT/],
      [8, source, `oci-archive:${all.directory}`, /EISDIR.*\nhint: that is a directory/],
      [9, source, `oci:${notLayout}`, /STORE_INVALID/],
    ];
    for (const [code, from, to, said] of cases) {
      const env = { DOCKER_HOST: 'unix:///nowhere' };
      assert.match(await all.fails(code, ['copy', '--progress', 'none', from, to], { env }), said, `${from} ${to}`);
    }
    assert.equal(fs.existsSync(path.join(all.directory, 'x', 'index.json')), false);
  });

  void it('is 7 for an image that is damaged, and leaves nothing under the name', async (t) => {
    const all = await places(t);
    const [layer] = image.layers;
    assert.ok(layer);
    const source = path.join(all.directory, 'source');
    writeLayout(source, { v1: image });
    fs.writeFileSync(path.join(source, 'blobs/sha256', layer.digest.slice(7)), Buffer.alloc(layer.size));
    assert.match(await all.fails(7, ['copy', `oci:${source}:v1`, `${all.host}/app:v1`]), /DIGEST_MISMATCH/);
    assert.equal(all.registry.manifest('app', 'v1'), undefined);
  });
});

void describe('pull and push', () => {
  void it('fetch into the local store, and send from it', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    const name = `${all.host}/app:v1`;
    const pulled = await all.done(['pull', name]);
    assert.match(
      pulled.stdout,
      new RegExp(`^pulled ${name} into the local store\ndigest  ${image.digest}\nblobs   3 moved`),
    );
    const stored = await all.json<Copied & { destination: string }>(['pull', name]);
    assert.equal(stored.destination, `oci:${all.env['HOLDFAST_STORE']}:${name}`);
    assert.deepEqual([stored.blobs.copied, stored.blobs.existed], [0, 3]);
    const pushed = await all.done(['push', name]);
    assert.match(pushed.stdout, new RegExp(`^pushed ${name} from the local store\n`));
    assert.equal((await all.done(['push', '-q', name, `${all.host}/other:v2`])).stdout, `${image.digest}\n`);
    assert.ok(all.registry.manifest('other', 'v2'));
  });

  void it('keep what was pulled when the registry has gone', async (t) => {
    const all = await places(t);
    const away = await places(t);
    away.registry.seed('app', 'v1', index);
    await all.done(['pull', '--all', `${away.host}/app:v1`]);
    await away.registry[Symbol.asyncDispose]();
    const store = `oci:${all.env['HOLDFAST_STORE']}:${away.host}/app:v1`;
    const copied = await all.json<Copied>(['copy', '--all', store, `${all.host}/kept:v1`]);
    assert.equal(copied.digest, index.digest);
  });

  void it('take DST and SRC, as copy does', async (t) => {
    const all = await places(t);
    all.registry.seed('app', 'v1', image);
    const archive = `oci-archive:${all.directory}/app.tar`;
    await all.done(['pull', `${all.host}/app:v1`, archive]);
    await all.done(['push', archive, `${all.host}/back:v1`]);
    assert.ok(all.registry.manifest('back', 'v1'));
  });

  void it('say what is meant instead', async (t) => {
    const all = await places(t);
    const local = `${layout(t, { v1: image })}:v1`;
    assert.match(await all.fails(2, ['pull', local]), /pulling is not possible with .*"oci".*\nhint: .*holdfast copy/);
    assert.match(await all.fails(2, ['push', local]), /\nhint: .*holdfast push SRC IMAGE/);
    assert.match(await all.fails(2, ['push', local, local]), /\nhint: .*holdfast copy/);
    const unknown = await all.fails(4, ['push', `${all.host}/none:v1`]);
    assert.match(unknown, /was not pulled into the local store .*\nhint: pull it first/);
    assert.match(await all.fails(2, ['push']), /missing required argument 'SRC'/);
  });
});

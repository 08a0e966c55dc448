/** Containers as trees, and engines that answer whatever they like. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { openContainer } from '../../src/containers/index.ts';
import { charDevice, directory, type EntrySpec, file, hardlink, layerOf, symlink } from '../../src/testing/index.ts';
import { linkGroups, lookup, walk } from '../../src/tree/index.ts';
import { openTree, type OpenTree } from '../../src/trees/index.ts';
import { diffReferences } from '../../src/snapshot/index.ts';
import { failure, isRoot, layoutWith, scratch } from '../unpack/scratch.ts';
import { dockerWith, type Environment, id, inspected, podmanWith, sends } from './engines.ts';
import type { ByteString } from '../../src/base/index.ts';

/** As an engine exports it: no root, whole seconds. */
const whole = { seconds: 1_700_000_000, nanoseconds: 0 };
const exported: readonly EntrySpec[] = [
  file('.dockerenv', '', { mtime: whole }),
  directory('d', { mtime: whole }),
  file('d/a', 'abc', { mtime: whole }),
  hardlink('d/b', 'd/a'),
  symlink('l', 'd/a', { mtime: whole }),
  charDevice('n', 1, 3, { mtime: whole }),
];
const tar = layerOf(exported).tar;

async function opened(t: TestContext, reference: string, env: Environment): Promise<OpenTree> {
  const tree = await openTree(reference, { network: { env } });
  t.after(() => tree[Symbol.asyncDispose]());
  return tree;
}

const paths = ({ tree }: OpenTree): string[] => Array.from(walk(tree), (entry) => entry.path);
const all = ['', '.dockerenv', 'd', 'd/a', 'd/b', 'l', 'n'];

void describe('a container of Docker that is not here', () => {
  void it('is what the engine exports, with what exports leave out unknown', async (t) => {
    const mounts = [{ Destination: '/vol//x/' }, { Destination: '/' }, { Destination: '/cache' }];
    const { env, requests } = await dockerWith(t, inspected({ Mounts: mounts }), sends(tar));
    const tree = await opened(t, 'docker:web', env);
    assert.deepEqual(paths(tree), all);
    assert.deepEqual(
      linkGroups(tree.tree).map((group) => group.paths),
      [['d/a', 'd/b']],
    );
    assert.deepEqual(tree.container, { engine: 'docker', mounts: ['cache', 'vol/x'] });
    assert.ok(tree.tree.root.isUnlisted);
    const { nanoseconds, xattrs, content, device } = tree.facts;
    assert.deepEqual([nanoseconds, content, device], [false, true, true]);
    assert.ok(typeof xattrs === 'function');
    const names = ['security.capability', 'user.x', 'trusted.x'] as ByteString[];
    assert.deepEqual(names.map(xattrs), [true, false, false]);
    assert.deepEqual(requests, ['GET /containers/web/json', `GET /containers/${id}/export`]);
  });

  void it('does not differ in what exports leave out', async (t) => {
    const fine = { seconds: 1_700_000_000, nanoseconds: 5 };
    const image = exported.map((entry) => ({ ...entry, ...('mtime' in entry ? { mtime: fine } : {}) }));
    const reference = layoutWith(t, [
      [
        directory('./', { mode: 0o700 }),
        ...image.slice(0, 2),
        file('d/a', 'abc', { mtime: fine, xattrs: { 'user.x': '1' } }),
        ...image.slice(3),
      ],
    ]);
    const { env } = await dockerWith(t, inspected(), sends(tar));
    const result = await diffReferences(reference, 'docker:web', { network: { env } });
    assert.deepEqual([result.changes, result.notCompared], [[], ['nanoseconds', 'xattrs']]);
    await failure(
      'FACTS_UNKNOWN',
      diffReferences(reference, 'docker:web', { network: { env }, output: path.join(scratch(t), 'x.tar') }),
    );
  });

  void it('is the same as a tar of it, which ignores nothing', async (t) => {
    const name = path.join(scratch(t), 'export.tar');
    fs.writeFileSync(name, tar);
    await using tree = await openTree(`tar:${name}`);
    assert.deepEqual([paths(tree), tree.container, tree.facts.nanoseconds], [all, undefined, false]);
    assert.ok(tree.tree.root.isUnlisted);
    await using layer = await openTree(`layer:${name}`);
    assert.deepEqual([layer.facts.nanoseconds, layer.tree.root.isUnlisted], [true, false]);
  });

  void it(
    'is not scanned where a process of that number is something else',
    { skip: !isRoot && 'only root scans' },
    async (t) => {
      const { env } = await dockerWith(t, inspected({ State: { Pid: process.pid } }), sends(tar));
      const tree = await opened(t, 'docker:web', env);
      assert.equal(tree.live, undefined);
      assert.deepEqual(paths(tree), all);
    },
  );
});

void describe('an engine that answers whatever it likes', () => {
  const answersOf: readonly (readonly [name: string, answer: unknown])[] = [
    ['nothing', null],
    ['a list', [inspected()]],
    ['an ID that is none', inspected({ Id: '../../etc' })],
    ['a process that is none', inspected({ State: { Pid: -1 } })],
    ['half a process', inspected({ State: { Pid: 1.5 } })],
    ['no state', { Id: id }],
    ['mounts that are none', inspected({ Mounts: [{ Destination: 1 }] })],
  ];
  for (const [name, answer] of answersOf) {
    void it(`is refused: ${name}`, async (t) => {
      const { env } = await dockerWith(t, answer, sends(tar));
      const { message } = await failure('DAEMON_REFUSED', openTree('docker:web', { network: { env } }));
      assert.match(message, /refuses to inspect web: what answers there is no Docker daemon/);
    });
  }

  void it('is refused with an archive that breaks off', async (t) => {
    const { env } = await dockerWith(t, inspected(), (_, response) => {
      response.writeHead(200);
      response.write(tar.subarray(0, 700), () => response.destroy());
    });
    const { message } = await failure('DAEMON_REFUSED', openTree('docker:web', { network: { env } }));
    assert.match(message, /export c0ffee0+: the connection broke off/);
    const cut = await dockerWith(t, inspected(), sends(tar.subarray(0, 700)));
    await failure('TAR_TRUNCATED', openTree('docker:web', { network: { env: cut.env } }));
  });

  void it('says that there is no such container, or why it refuses', async (t) => {
    const { env } = await dockerWith(t, inspected(), sends(tar));
    const { message, hint } = await failure('IMAGE_NOT_FOUND', openTree('docker:other', { network: { env } }));
    assert.match(message, /^"docker:other": the Docker daemon at unix:.* has no such container$/);
    assert.match(hint ?? '', /docker ps -a/);
    const busy = await dockerWith(t, inspected(), (_, response) => response.writeHead(500).end('{"message":"busy"}'));
    await failure('DAEMON_REFUSED', openTree('docker:web', { network: { env: busy.env } }));
  });

  void it('is asked for nothing but names', async () => {
    for (const name of ['', '../images', '-x', 'a/b', 'a b', 'a?x', 'ä']) {
      for (const engine of ['docker', 'podman']) await failure('REFERENCE_INVALID', openTree(`${engine}:${name}`));
    }
  });
});

void describe('a container of Podman', () => {
  const answering = (document: unknown, exporting = 'cat "$DIRECTORY/tar"'): string =>
    `case "$1 $2 $3 $4" in
"container inspect -- web") cat <<'END'\n${JSON.stringify([document])}\nEND\n;;
"container export -- ${id}") ${exporting} ;;
*) echo "Error: no such container $4" >&2; exit 125 ;; esac`;

  void it('is what podman exports, xattrs of users included', async (t) => {
    const env = podmanWith(t, answering(inspected({ Mounts: [{ Destination: '/vol' }] })));
    fs.writeFileSync(path.join(env['DIRECTORY'] ?? '', 'tar'), tar);
    const tree = await opened(t, 'podman:web', env);
    assert.deepEqual(paths(tree), all);
    assert.deepEqual(tree.container, { engine: 'podman', mounts: ['vol'] });
    const { xattrs } = tree.facts;
    assert.ok(typeof xattrs === 'function');
    assert.deepEqual((['security.capability', 'user.x', 'trusted.x'] as ByteString[]).map(xattrs), [true, true, false]);
  });

  void it('is refused in the words of podman', async (t) => {
    const none = await failure(
      'IMAGE_NOT_FOUND',
      openTree('podman:other', { network: { env: podmanWith(t, answering(inspected())) } }),
    );
    assert.match(none.message, /"podman:other": podman has no such container/);
    const failing = podmanWith(
      t,
      answering(inspected(), 'head -c 700 /dev/zero; echo "Error: \u001b[31mbroken" >&2; exit 125'),
    );
    const { message } = await failure('PODMAN_REFUSED', openTree('podman:web', { network: { env: failing } }));
    assert.match(message, /^podman does not export c0ffee0+: \\x1b\[31mbroken$/);
    const odd = podmanWith(t, 'echo "[]"');
    await failure('PODMAN_REFUSED', openTree('podman:web', { network: { env: odd } }));
    const withoutPodman = scratch(t);
    for (const program of ['sh', 'cat']) fs.symlinkSync(`/bin/${program}`, path.join(withoutPodman, program));
    const missing = await failure(
      'PODMAN_REFUSED',
      openTree('podman:web', { network: { env: { PATH: withoutPodman } } }),
    );
    assert.match(missing.message, /no such program on the PATH/);
  });

  void it('ends podman when nobody listens any more', async (t) => {
    const env = podmanWith(t, answering(inspected(), 'echo $$ >"$DIRECTORY/pid"; exec cat /dev/zero'));
    const cancelling = new AbortController();
    const opening = openTree('podman:web', { network: { env }, signal: cancelling.signal });
    const pidFile = path.join(env['DIRECTORY'] ?? '', 'pid');
    while (!fs.existsSync(pidFile) || fs.readFileSync(pidFile).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 10));
    const reason = new Error('enough');
    cancelling.abort(reason);
    await assert.rejects(opening, reason);
    const pid = Number(fs.readFileSync(pidFile, 'utf8'));
    await waitUntil(() => !isAlive(pid));
  });

  void it(
    'is scanned where it runs, when the kernel says that it is this one',
    { skip: !isRoot && 'only root scans' },
    async (t) => {
      const root = scratch(t);
      const upper = path.join(scratch(t), 'upper');
      const work = path.join(path.dirname(upper), 'work');
      for (const name of [upper, work, `${root}/lower`, `${root}/merged`]) fs.mkdirSync(name);
      const mount = `mount -t overlay overlay -o lowerdir=${root}/lower,upperdir=${upper},workdir=${work} ${root}/merged`;
      const commands = [
        mount,
        `mkdir ${root}/merged/tmp ${root}/merged/d`,
        `echo content >${root}/merged/d/file`,
        `mount -t tmpfs none ${root}/merged/tmp`,
        `echo x >${root}/merged/tmp/hidden`,
        `cd ${root}/merged`,
        'mkdir .old',
        'pivot_root . .old',
        // Nothing else could be run in there.
        'echo ready',
        'read line',
      ];
      const child = spawn('unshare', ['--mount', 'sh', '-ec', commands.join('\n')], {
        stdio: ['pipe', 'pipe', 'inherit'],
      });
      t.after(() => child.kill('SIGKILL'));
      await once(child.stdout, 'data');
      const { pid = 0 } = child;
      const document = inspected({ State: { Pid: pid }, GraphDriver: { Data: { UpperDir: upper } } });
      const tree = await opened(t, 'podman:web', podmanWith(t, answering(document)));
      assert.ok(tree.live);
      assert.equal(tree.directory, undefined);
      assert.deepEqual(tree.container, { engine: 'podman', mounts: ['.old', 'tmp'] });
      assert.deepEqual(
        [tree.isUnseen('tmp' as ByteString), lookup(tree.tree, 'd/file' as ByteString)?.kind],
        [true, 'file'],
      );
      assert.equal(lookup(tree.tree, 'tmp/hidden' as ByteString), undefined);
      const container = await openContainer('podman', 'web', { env: podmanWith(t, answering(document)) });
      assert.equal(container.liveRoot(), `/proc/${pid}/root/`);
      child.kill('SIGKILL');
      await once(child, 'exit');
      assert.equal(container.liveRoot(), undefined);
    },
  );
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function waitUntil(isSo: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail('it has not come to pass');
}

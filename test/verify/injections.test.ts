import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fromText } from '../../src/base/index.ts';
import type { Image } from '../../src/image/index.ts';
import type { RuntimeConfig } from '../../src/oci/index.ts';
import type { ScanProblem } from '../../src/scan/index.ts';
import { directory, file, symlink, type EntrySpec } from '../../src/testing/index.ts';
import { Inode, unlistedDirectory } from '../../src/tree/index.ts';
import type { OpenTree } from '../../src/trees/index.ts';
import type { VerifyOptions } from '../../src/verify/index.ts';
import { type MemoryLayers, openInMemory, shownFault, verified } from './open-in-memory.ts';

const now = { mtime: 1_800_000_000 };
const image = [
  [
    directory('./'),
    directory('etc/'),
    file('etc/hosts', ''),
    file('etc/motd', 'hi'),
    directory('dev/'),
    directory('run/'),
  ],
];

/** What Docker 20.10 makes of it, as it exports it. */
const clean: EntrySpec[] = [
  directory('./', now),
  file('.dockerenv', '', now),
  directory('dev/', now),
  file('dev/console', '', now),
  directory('dev/pts/', now),
  directory('etc/', now),
  file('etc/hostname', 'x', now),
  file('etc/hosts', 'x', now),
  symlink('etc/mtab', '/proc/mounts', now),
  file('etc/motd', 'hi'),
  file('etc/resolv.conf', '', now),
  directory('proc/', now),
  directory('run/'),
  directory('sys/', now),
];
const listed = [
  '. (mtime) docker',
  '.dockerenv docker',
  'dev docker',
  'etc (mtime) docker',
  'etc/hostname docker',
  'etc/hosts docker',
  'etc/mtab docker',
  'etc/resolv.conf docker',
  'proc docker',
  'sys docker',
];

async function said(tree: MemoryLayers | OpenTree, options?: VerifyOptions, of: MemoryLayers | OpenTree = image) {
  const { ok, faults, ignored, unseen } = await verified(of, tree, options);
  return {
    ok,
    faults: faults.map(shownFault),
    ignored: ignored.map(({ path, what, why }) => `${path}${what === 'everything' ? '' : ` (${what})`} ${why}`),
    unseen: unseen.map(({ path, kind }) => `${path} ${kind}`),
  };
}

function container(
  engine: 'docker' | 'podman' | 'probe',
  entries: readonly EntrySpec[],
  mounts: readonly string[] = [],
) {
  return openInMemory([entries], { container: { engine, mounts: mounts.map(fromText) } });
}

/** Something is mounted there, as a scan says it. */
function withMounts(entries: readonly EntrySpec[], ...paths: readonly string[]): OpenTree {
  const problems = paths.map((path): ScanProblem => ({ kind: 'mount', path: fromText(path), isCrossed: false }));
  return openInMemory([entries], { problems, isUnseen: (path) => problems.some((problem) => problem.path === path) });
}

const asImage = image[0] ?? [];

void describe('what container engines put into containers', () => {
  void it('is expected in a container, and listed', async () => {
    assert.deepEqual(await said(container('docker', clean)), { ok: true, faults: [], ignored: listed, unseen: [] });
  });

  void it('is expected in whatever has the mark of one', async () => {
    assert.deepEqual(await said([clean]), { ok: true, faults: [], ignored: listed, unseen: [] });
    const podman = [...asImage.slice(1), directory('./', now), file('run/.containerenv', ''), directory('run/', now)];
    assert.deepEqual(await said([podman]), {
      ok: true,
      faults: [],
      ignored: ['. (mtime) podman', 'dev podman', 'etc/hosts podman', 'run (mtime) podman', 'run/.containerenv podman'],
      unseen: [],
    });
  });

  void it('is not expected where the image has the mark itself, nor without one', async () => {
    const marked = [[...asImage, file('.dockerenv', '')]];
    const { faults, ignored } = await said([[...asImage, file('.dockerenv', ''), file('etc/mtab', '')]], {}, marked);
    assert.deepEqual([faults, ignored], [['extra etc/mtab'], []]);
    const plain = await said([clean.filter(({ name }) => name !== '.dockerenv')]);
    assert.equal(plain.ok, false);
    assert.deepEqual(plain.ignored, []);
    assert.ok(plain.faults.includes('content etc/hosts'));
  });

  void it('is compared when everything is to be', async () => {
    const { ok, faults, ignored } = await said([clean], { all: true });
    assert.deepEqual([ok, ignored], [false, []]);
    assert.deepEqual(faults, [
      'mtime .',
      'extra .dockerenv',
      'mtime dev',
      'extra dev/console',
      'extra dev/pts',
      'mtime etc',
      'extra etc/hostname',
      'content etc/hosts',
      'mtime etc/hosts',
      'extra etc/mtab',
      'extra etc/resolv.conf',
      'extra proc',
      'extra sys',
    ]);
  });

  void it('hides nothing beside it', async () => {
    const tree = [
      ...clean,
      file('etc/motd', 'ho'),
      directory('run/', now),
      file('etc/new', ''),
      directory('etc/', { mode: 0o700 }),
    ];
    const { faults } = await said(container('docker', tree));
    assert.deepEqual(faults, ['mode etc', 'content etc/motd', 'extra etc/new', 'mtime run']);
  });

  void it('says nothing of the owner of a root that an export leaves out, whatever ids are mapped', async () => {
    const exported = openInMemory([[file('a', 'a', { uid: 100_000 })]]);
    const root = new Inode(unlistedDirectory, 0, 0, exported.tree.root.children);
    const tree: OpenTree = { ...exported, tree: { ...exported.tree, root } };
    const uidMap = [{ image: 0, host: 100_000, size: 10 }];
    assert.deepEqual((await said(tree, { uidMap }, [[directory('./'), file('a', 'a')]])).faults, []);
    assert.deepEqual((await said(tree, {}, [[directory('./'), file('a', 'a')]])).faults, ['owner a']);
  });

  void it('excuses no time of a directory into which nothing was put', async () => {
    const tree = [...clean, directory('run/', now)];
    assert.deepEqual((await said(container('probe', tree))).faults, ['mtime run']);
  });

  void it('is of either engine where a probe does not know which', async () => {
    const tree = [...clean, file('run/.containerenv', ''), directory('run/', now)];
    assert.equal((await said(container('probe', tree))).ok, true);
  });

  void it('includes the time and mode of directories that no layer lists', async () => {
    const implied = [[file('opt/app/main', 'x')]];
    const tree = container('podman', [
      directory('./', { ...now, mode: 0o555 }),
      directory('opt/', now),
      directory('opt/app/', now),
      file('opt/app/main', 'x'),
    ]);
    assert.deepEqual(await said(tree, {}, implied), {
      ok: true,
      faults: [],
      ignored: ['. (mode) podman', '. (mtime) podman', 'opt (mtime) podman', 'opt/app (mtime) podman'],
      unseen: [],
    });
    assert.equal((await said([[directory('./', now), file('opt/app/main', 'x')]], {}, implied)).ok, false);
  });
});

/** What an engine makes where it is told of something that the image does not have. */
void describe('what engines make on demand', () => {
  const linked = [...asImage, directory('sbin/'), symlink('var-run', 'run')];
  const configured = (entries: readonly EntrySpec[], config: RuntimeConfig): OpenTree =>
    openInMemory([entries], { image: { config: { config } } as Image });
  const of = configured(linked, { WorkingDir: '/srv/app', Volumes: { '/var-run/data/': {} } });
  const more = [...clean, directory('sbin/'), symlink('var-run', 'run')];
  const made = [
    ...more,
    directory('sbin/', now),
    directory('srv/', now),
    directory('srv/app/', now),
    directory('run/', now),
    directory('run/data/', now),
    file('sbin/docker-init', '', now),
  ];

  void it('is expected where it is empty: working directory, volumes, and the place of an init', async () => {
    for (const tree of [container('docker', made), openInMemory([made])]) {
      const { ok, ignored } = await said(tree, {}, of);
      assert.equal(ok, true);
      assert.deepEqual(
        ignored.filter((line) => !listed.includes(line)),
        ['run (mtime) docker', 'run/data docker', 'sbin (mtime) docker', 'sbin/docker-init docker', 'srv docker'],
      );
    }
  });

  void it('is compared where it is not', async () => {
    const tree = [
      ...more,
      directory('sbin/', now),
      directory('srv/', now),
      directory('srv/app/', now),
      file('srv/app/new', ''),
      file('sbin/docker-init', 'x'),
    ];
    const { faults } = await said(container('docker', tree), {}, of);
    assert.deepEqual(faults, [
      'mtime sbin',
      'extra sbin/docker-init',
      'extra srv',
      'extra srv/app',
      'extra srv/app/new',
    ]);
  });

  void it('stands where links of the image lead, and not where links of the container do', async () => {
    const socket = [...more, file('run/x.sock', ''), directory('run/', now)];
    assert.equal((await said(container('docker', socket, ['var-run/x.sock']), {}, of)).ok, true);
    const turned = [...more, symlink('etc/mtab', 'motd'), file('etc/motd', 'ho'), symlink('etc/hosts', 'motd')];
    assert.deepEqual((await said(container('docker', turned), {}, of)).faults, ['content etc/motd']);
    const stub = [[...asImage, symlink('etc/resolv.conf', '../run/stub/resolv.conf')]];
    const resolved = [
      ...clean.filter(({ name }) => name !== 'etc/resolv.conf'),
      symlink('etc/resolv.conf', '../run/stub/resolv.conf'),
      directory('run/', now),
      directory('run/stub/', now),
      file('run/stub/resolv.conf', ''),
    ];
    assert.equal((await said(container('docker', resolved), {}, stub)).ok, true);
  });
});

void describe('what is mounted', () => {
  const mounted = [
    ...clean,
    directory('data/', now),
    directory('data/vol/', now),
    file('data/vol/x', ''),
    directory('etc/ssl/', now),
  ];

  void it('is expected in a container, with the directories that were made for it', async () => {
    const { ok, ignored } = await said(container('docker', mounted, ['data/vol', 'etc/ssl']));
    assert.equal(ok, true);
    assert.deepEqual(
      ignored.filter((line) => line.endsWith('mount')),
      ['data mount', 'etc/ssl mount'],
    );
  });

  void it('does not hide what else is in such a directory', async () => {
    const tree = [...mounted, file('data/other', '')];
    const { faults } = await said(container('docker', tree, ['data/vol', 'etc/ssl']));
    assert.deepEqual(faults, ['extra data', 'extra data/other']);
    const hollow = [...mounted, directory('data/hollow/')];
    const others = await said(container('docker', hollow, ['data/vol', 'etc/ssl']));
    assert.deepEqual(others.faults, ['extra data', 'extra data/hollow']);
  });

  void it('makes the answer unsure anywhere else', async () => {
    assert.deepEqual(await said(withMounts(asImage, 'etc', 'run')), {
      ok: false,
      faults: [],
      ignored: [],
      unseen: ['etc mount', 'run mount'],
    });
    const { ok, ignored } = await said(withMounts(asImage, 'etc'), { ignore: ['etc'] });
    assert.deepEqual([ok, ignored], [true, ['etc --ignore']]);
  });

  void it('is too much where the image has nothing', async () => {
    const { faults, unseen } = await said(withMounts([...asImage, directory('mnt/')], 'mnt'));
    assert.deepEqual([faults, unseen], [['extra mnt'], []]);
  });

  void it('is known in what is marked as a container', async () => {
    const { ok, ignored } = await said(withMounts(clean, 'etc/motd', 'proc'));
    assert.deepEqual([ok, ignored.filter((line) => line.endsWith('mount'))], [true, ['etc/motd mount']]);
  });
});

void describe('what is to be ignored', () => {
  void it('is listed with the topmost paths, on either side', async () => {
    const tree = [[...asImage.slice(0, 2), directory('etc/ssl/'), file('etc/ssl/key', ''), directory('run/')]];
    const { ok, ignored } = await said(tree, { ignore: ['/dev/', 'etc/*', 'nothing'] });
    assert.deepEqual(
      [ok, ignored],
      [true, ['dev --ignore', 'etc/hosts --ignore', 'etc/motd --ignore', 'etc/ssl --ignore']],
    );
  });
});

void describe('what cannot be seen', () => {
  const unreadable = (path: string, what: 'inode' | 'names' | 'xattrs'): ScanProblem => ({
    kind: 'unreadable',
    path: fromText(path),
    what,
    errno: 'EACCES',
  });

  void it('makes the answer unsure, and is no fault', async () => {
    const problems = [unreadable('etc', 'names'), { kind: 'vanished', path: fromText('run') } as const];
    const isUnseen = (path: string): boolean => path.startsWith('etc/') || path === 'run';
    const tree = openInMemory([asImage.slice(0, 2).concat(directory('dev/'))], { problems, isUnseen });
    const { ok, faults, unseen } = await said(tree);
    assert.deepEqual([ok, faults, unseen], [false, [], ['etc unreadable', 'run vanished']]);
  });

  void it('is no difference in xattrs where some could not be read', async () => {
    const of = [[file('a', 'x', { xattrs: { 'user.a': '1', 'user.b': '2' } })]];
    const tree = openInMemory([[file('a', 'x', { xattrs: { 'user.a': '1' } })]], {
      problems: [unreadable('a', 'xattrs')],
    });
    const { ok, faults, unseen } = await said(tree, {}, of);
    assert.deepEqual([ok, faults, unseen], [false, [], ['a unreadable']]);
  });

  void it('is content that nobody may read, where it is asked for', async () => {
    const problem = { kind: 'unreadable', path: fromText('etc/motd'), what: 'content', errno: 'EACCES' } as const;
    const contentDigests = async () => ({ get: () => undefined, problems: [problem] });
    const tree = openInMemory(image, { problems: [problem], contentDigests });
    assert.deepEqual(await said(tree), { ok: false, faults: [], ignored: [], unseen: ['etc/motd unreadable'] });
    assert.equal((await said(tree, { quick: true })).ok, true);
  });

  void it('is content of which nobody says anything', async () => {
    const contentDigests = async () => ({ get: () => undefined, problems: [] });
    const { ok, unseen } = await said(openInMemory(image, { contentDigests }));
    assert.deepEqual([ok, unseen], [false, ['etc/motd unreadable']]);
    const of = openInMemory(image, { contentDigests });
    const other = await verified(of, image);
    assert.deepEqual([other.ok, other.unseen.map(({ path }) => path)], [false, ['etc/motd']]);
  });

  void it('is what a listing lacks that does not tell where it failed', async () => {
    const tree = openInMemory(image, { notes: [{ code: 'LISTING_INCOMPLETE', detail: 'its exit status was 1' }] });
    const { ok, faults, unseen } = await said(tree);
    assert.deepEqual([ok, faults, unseen], [false, [], ['. unreadable']]);
  });

  void it('is a socket, which no image can have', async () => {
    const problems = ['etc/hosts', 'run/x.sock'].map((path) => ({ kind: 'socket', path: fromText(path) }) as const);
    const tree = openInMemory([asImage.filter(({ name }) => name !== 'etc/hosts')], { problems });
    const { ok, faults, unseen } = await said(tree);
    assert.deepEqual([ok, faults, unseen], [false, ['kind etc/hosts', 'extra run/x.sock'], []]);
  });
});

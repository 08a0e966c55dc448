import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { directory, file, hardlink, imageOf, layerOf, symlink } from '../../src/testing/index.ts';
import { commandTable } from '../../src/cli/index.ts';
import { layout, scratch } from '../inspect/example.ts';
import { isRoot } from '../unpack/scratch.ts';
import { cli } from './run-cli.ts';

const image = imageOf([
  layerOf([
    directory('./'),
    directory('etc/'),
    file('etc/passwd', 'root'),
    directory('usr/'),
    file('usr/git', 'git'),
    hardlink('usr/git-log', 'usr/git'),
    hardlink('usr/git-show', '/usr/git'),
    symlink('link', 'usr/git'),
  ]),
  layerOf([file('etc/app', 'app'), file('etc/app.conf', 'conf')]),
]);

/** An image, and a directory that it was unpacked into. */
async function unpacked(t: TestContext): Promise<{ readonly source: string; readonly target: string }> {
  const source = layout(t, { v1: image });
  const target = path.join(scratch(t), 'root');
  const { code, stderr } = await cli(['unpack', source, target]);
  assert.equal(code, 0, stderr);
  return { source, target };
}

function keepingTimes(target: string, change: (at: (name: string) => string) => void): void {
  change((name) => path.join(target, name));
  for (const name of ['.', 'etc', 'usr']) fs.utimesSync(path.join(target, name), 0, 1_700_000_000);
}

void describe('holdfast verify', { skip: !isRoot && 'owners are those of root' }, () => {
  void it('says in one line that all is well', async (t) => {
    const { source, target } = await unpacked(t);
    const { code, stdout } = await cli(['verify', source, target]);
    assert.equal(code, 0);
    assert.equal(
      stdout,
      `${target} is what ${source} says: 10 paths compared, 4 files read, times to the nanosecond\n`,
    );
    const quiet = await cli(['verify', '-q', source, target]);
    assert.deepEqual([quiet.code, quiet.stdout, quiet.stderr], [0, '', '']);
  });

  void it('leads with the verdict, and tells a few findings', async (t) => {
    const { source, target } = await unpacked(t);
    keepingTimes(target, (at) => {
      fs.rmSync(at('usr/git-show'));
      fs.cpSync(at('usr/git-log'), at('usr/copy'), { preserveTimestamps: true });
      fs.renameSync(at('usr/copy'), at('usr/git-log'));
      fs.chmodSync(at('etc/passwd'), 0o600);
      fs.rmSync(at('etc/app'));
      fs.rmSync(at('etc/app.conf'));
      fs.mkdirSync(at('usr/new'));
      for (let count = 0; count < 9; count++) fs.writeFileSync(at(`usr/${count}`), '');
    });
    const { code, stdout } = await cli(['verify', '--ignore', '/link', source, target]);
    assert.equal(code, 3);
    assert.equal(
      stdout,
      `${target} is not what ${source} says: 15 faults in 5 findings

links-missing: 1 fault, of layer 1
  usr/git-show  gone from usr/git = usr/git-log = usr/git-show
  P01 (high confidence): the image gives the targets of these hard links as absolute paths, as kaniko did until 2026: some runtimes, Cloud Run presumably among them, leave such names out, and Docker 29.7.0 refuses the image; holdfast fix rewrites them

links-split: 1 fault, of layer 1
  usr/git = usr/git-log  now usr/git; usr/git-log
  C01 (medium confidence): whatever put the tree there makes a copy of each name instead of a hard link, as Cloud Run and gVisor (C02), EROFS converters (C11), mkcomposefs (C21) and apko (C22) did

missing: 2 faults, of layer 2
  etc/app
  etc/app.conf
  C13 (medium confidence): the top layers are not there: the layer stack was put together on a cached base without them, as Docker Sandboxes and the EROFS snapshotter of containerd did

extra: 10 faults
  usr/0
  usr/1
  usr/2
  usr/3
  usr/4
  and 5 more

mode: 1 fault, of layer 1
  etc/passwd  0644 -> 0600

not compared, because of --ignore: link
`,
    );
  });

  void it('shows each kind of fault in a line', async (t) => {
    const { source, target } = await unpacked(t);
    keepingTimes(target, (at) => {
      fs.writeFileSync(at('etc/passwd'), 'toor!');
      fs.utimesSync(at('etc/passwd'), 5, 7.25);
      fs.rmSync(at('link'));
      fs.symlinkSync('usr/\x1b', at('link'));
      fs.lutimesSync(at('link'), 5, 1_700_000_000);
      fs.lchownSync(at('etc/app'), 1, 2);
      fs.rmSync(at('etc/app.conf'));
      fs.mkdirSync(at('etc/app.conf'));
      fs.rmSync(at('usr/git-log'));
      fs.linkSync(at('etc/app'), at('usr/git-log'));
    });
    const { stdout } = await cli(['verify', source, target]);
    const shown = stdout.split('\n').filter((line) => /^ {2}\S+ {2}|^ {2}\S+ = /.test(line));
    assert.deepEqual(shown, [
      '  etc/app = usr/git-log  should be etc/app; usr/git-log',
      '  etc/passwd  4 bytes -> 5 bytes',
      '  usr/git-log  other bytes',
      '  etc/app.conf  file -> directory',
      '  link  usr/git -> usr/\\x1b',
      '  etc/app  0:0 -> 1:2',
      '  usr/git-log  0:0 -> 1:2',
      '  etc/passwd  1700000000 -> 7.25',
      '  usr/git = usr/git-log = usr/git-show  now usr/git = usr/git-show; usr/git-log',
    ]);
  });

  void it('prints every fault as JSON, with the documented keys', async (t) => {
    const { source, target } = await unpacked(t);
    keepingTimes(target, (at) => fs.rmSync(at('usr/git-show')));
    const { code, stdout } = await cli(['verify', '--format', 'json', source, target]);
    assert.equal(code, 3);
    const result = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    const documented = commandTable.find(({ name }) => name === 'verify')?.json ?? '';
    for (const key of Object.keys(result)) assert.ok(documented.includes(`"${key}"`), `${key} is not documented`);
    const [fault] = result['faults'] as readonly Readonly<Record<string, unknown>>[];
    assert.deepEqual(
      { ...result, faults: [{ ...fault, cause: 0 }] },
      {
        ok: false,
        image: source,
        tree: target,
        faults: [
          {
            kind: 'links-missing',
            paths: ['usr/git-show'],
            expected: { links: [['usr/git', 'usr/git-log', 'usr/git-show']] },
            found: { links: [['usr/git', 'usr/git-log']] },
            layer: 1,
            cause: 0,
          },
        ],
        ignored: [],
        unseen: [],
        names: 10,
        filesRead: 4,
        notCompared: ['symlinkMode'],
        times: 'nanoseconds',
        notes: [],
      },
    );
    assert.deepEqual(Object.keys(fault?.['cause'] as object), ['hazard', 'text', 'confidence']);
  });

  void it('is quick, ignores, and compares all where it is told to', async (t) => {
    const { source, target } = await unpacked(t);
    keepingTimes(target, (at) => {
      fs.writeFileSync(at('etc/passwd'), 'toor');
      fs.utimesSync(at('etc/passwd'), 5, 1_700_000_000);
      fs.writeFileSync(at('.dockerenv'), '');
    });
    assert.equal((await cli(['verify', '--quick', source, target])).code, 0);
    assert.equal((await cli(['verify', source, target])).code, 3);
    assert.equal((await cli(['verify', '--ignore', 'etc/passwd', source, target])).code, 0);
    const all = await cli(['verify', '--all', '--quick', source, target]);
    assert.match(all.stdout, /\n {2}\.dockerenv\n/);
    assert.match((await cli(['verify', '--quick', source, target])).stdout, /because of docker: \.dockerenv\n/);
  });

  void it('says what it cannot find, and what makes no sense', async (t) => {
    const { source, target } = await unpacked(t);
    assert.equal((await cli(['verify', source, path.join(target, 'nothing')])).code, 4);
    assert.equal((await cli(['verify', `${source}x`, target])).code, 4);
    assert.equal((await cli(['verify', source])).code, 2);
    assert.equal((await cli(['verify', '--at-layer', '7', source, target])).code, 2);
    assert.match((await cli(['verify', '--at-layer', '1', target, target])).stderr, /is no image: .* \[USAGE\]/);
  });
});

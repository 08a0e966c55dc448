import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { commandTable, environmentName, optionTable } from '../../src/cli/index.ts';
import { file, imageOf, layerOf } from '../../src/testing/index.ts';
import { example, layout, scratch } from '../inspect/example.ts';
import { cli } from './run-cli.ts';

void describe('the command line', () => {
  const wrong: readonly (readonly [argv: readonly string[], stderr: string])[] = [
    [['frobnicate'], `error: unknown command 'frobnicate' [USAGE]\nhint: see "holdfast --help"\n`],
    [['unpak'], `error: unknown command 'unpak' [USAGE]\nhint: did you mean unpack?; see "holdfast --help"\n`],
    [['ls'], `error: missing required argument 'IMAGE' [USAGE]\nhint: see "holdfast ls --help"\n`],
    [['unpack', 'oci:x'], `error: missing required argument 'DIR' [USAGE]\nhint: see "holdfast unpack --help"\n`],
    [
      ['links', 'oci:x', 'y'],
      `error: too many arguments for 'links'. Expected 1 argument but got 2. [USAGE]\nhint: see "holdfast links --help"\n`,
    ],
    [
      ['ls', '--fromat', 'json', 'oci:x'],
      `error: unknown option '--fromat' [USAGE]\nhint: did you mean --format?; see "holdfast ls --help"\n`,
    ],
    [['ls', '\x1b[2J', '--\x1b'], `error: unknown option '--\\x1b' [USAGE]\nhint: see "holdfast ls --help"\n`],
    [['ls', '--format', 'xml', 'oci:x'], 'error: --format: "xml" is not one of text, json [USAGE]\n'],
    [['ls', '--jobs', '0', 'oci:x'], 'error: --jobs: "0" is not a whole number of 1 or more [USAGE]\n'],
    [['ls', '--at-layer', '-1', 'oci:x'], 'error: --at-layer: "-1" is not a whole number of 0 or more [USAGE]\n'],
    [
      ['ls', '--max-size', '1IB', 'oci:x'],
      'error: --max-size: "1IB" is not a size [USAGE]\nhint: sizes look like 1048576, 1MiB or 2GiB\n',
    ],
    [
      ['unpack', '--uid-map', '0:1', 'oci:x', 'y'],
      'error: --uid-map: "0:1" is not a range of ids [USAGE]\nhint: ranges look like 0:100000:65536 (first id in the image, first id on disk, how many)\n',
    ],
    [
      ['ls', '--platform', 'linux', 'oci:x'],
      'error: "linux" is not a platform [USAGE]\nhint: platforms look like linux/amd64 or linux/arm/v7\n',
    ],
    [['cat', '--long', 'oci:x', 'y'], `error: unknown option '--long' [USAGE]\nhint: see "holdfast cat --help"\n`],
  ];
  for (const [argv, expected] of wrong) {
    void it(`says in one line what is wrong with ${JSON.stringify(argv.join(' '))}`, async () => {
      const { code, stdout, stderr } = await cli(argv);
      assert.deepEqual({ code, stdout, stderr }, { code: 2, stdout: '', stderr: expected });
    });
  }

  void it('refuses references without stack traces', async (t) => {
    const codes: Readonly<Record<string, readonly [number, RegExp]>> = {
      'docker://127.0.0.1:1/debian': [6, /HOST_UNREACHABLE/],
      'localhost:1/debian': [6, /HOST_UNREACHABLE/],
      'docker-daemon:debian': [6, /HOST_UNREACHABLE/],
      'containers-storage:x': [2, /TRANSPORT_UNSUPPORTED/],
      'dir:x': [2, /TRANSPORT_UNSUPPORTED/],
      './x.tar': [2, /REFERENCE_INVALID/],
      '': [2, /REFERENCE_INVALID/],
      'oci:/nowhere': [4, /IMAGE_NOT_FOUND/],
      'oci-archive:/nowhere': [4, /IMAGE_NOT_FOUND/],
      [`${layout(t, { v1: example })}:v2`]: [4, /IMAGE_NOT_FOUND/],
      [`oci:${scratch(t)}`]: [4, /IMAGE_NOT_FOUND/],
    };
    const env = { HOLDFAST_STORE: scratch(t), DOCKER_HOST: 'unix:///nowhere' };
    for (const [reference, [code, text]] of Object.entries(codes)) {
      for (const command of ['ls', 'digest', 'validate', 'links', 'inspect']) {
        const result = await cli([command, '-q', reference], { env });
        assert.equal(result.code, code, `${command} ${reference}: ${result.stderr}`);
        assert.match(result.stderr, text);
        assert.match(result.stderr, /^error: .*\n(?:hint: .*\n)?$/);
      }
    }
  });

  void it('are 4 for files that are not there', async (t) => {
    const image = layout(t, { v1: example });
    for (const argv of [
      ['verify', '--token-file', '/nowhere', image, 'https://app.example'],
      ['audit', '--baseline', '/nowhere', image],
      ['append', '--new-layer', '/nowhere', image, `oci:${scratch(t)}:v1`],
      ['merge', 'layer:/nowhere', '--to', `oci:${scratch(t)}:v1`],
    ]) {
      const { code, stderr } = await cli([...argv, '--progress', 'none']);
      assert.deepEqual([code, stderr], [4, 'error: "/nowhere": there is no such file [FILE_NOT_FOUND]\n']);
    }
  });

  void it('takes common options before the command, too', async (t) => {
    const image = layout(t, { v1: example });
    const { stdout } = await cli(['-q', '--format=json', '--platform', 'linux/amd64', 'digest', image]);
    assert.equal((JSON.parse(stdout) as { digest: string }).digest, example.digest);
  });

  void it('takes arguments that begin with a dash after --', async () => {
    const { code, stderr } = await cli(['ls', '--', '-x']);
    assert.equal(code, 2);
    assert.match(stderr, /"-x" is not an image reference/);
  });

  void it('accepts sizes with the units of coreutils', async (t) => {
    const image = layout(t, { v1: imageOf([layerOf([file('a', Buffer.alloc(3000))])]) });
    for (const [size, fits] of [
      ['6K', true],
      ['6KiB', true],
      ['6kb', true],
      ['4kB', false],
      ['4607', false],
      ['4608', true],
      ['0.005MiB', true],
      ['1g', true],
    ] as const) {
      assert.equal((await cli(['validate', '--max-size', size, image])).code, fits ? 0 : 7, size);
    }
  });
});

void describe('help', () => {
  void it('shows examples first, for every command', async () => {
    const overview = await cli(['--help']);
    assert.equal(overview.code, 0);
    assert.match(overview.stdout, /^Container images.*\n\nExamples:\n/);
    for (const { name, options } of commandTable) {
      const { stdout, stderr, code } = await cli([name, '--help']);
      assert.equal(code, 0);
      assert.equal(stderr, '');
      assert.match(stdout, new RegExp(`^Examples:\n  # .*\n  .*holdfast ${name} `));
      for (const option of options) assert.match(stdout, new RegExp(`--${optionTable[option].long}\\b`));
      assert.match(overview.stdout, new RegExp(`^  ${name} `, 'm'));
      assert.ok(
        stdout.split('\n').every((line) => line.length <= 100),
        `${name} --help is too wide`,
      );
      assert.equal((await cli(['help', name])).stdout, stdout);
    }
  });

  void it('has every command in one of its groups', () => {
    const modules = fs.readdirSync('src/cli/commands').map((name) => path.basename(name, '.ts'));
    assert.deepEqual(commandTable.map(({ name }) => name).toSorted(), modules.toSorted());
  });

  void it('shows options that cannot be left out where the command is shown', async () => {
    assert.match((await cli(['merge', '--help'])).stdout, /^  holdfast merge --to DST \[OPTION\]… TREE…$/m);
  });

  void it('goes to stderr when no command was given', async () => {
    const { code, stdout, stderr } = await cli([]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /^Container images/);
  });

  void it('includes the version', async () => {
    const { version } = JSON.parse(fs.readFileSync('package.json', 'utf8')) as { version: string };
    assert.equal((await cli(['--version'])).stdout, `holdfast ${version}\n`);
  });
});

void describe('the environment', () => {
  void it('sets every option, and the command line beats it', async (t) => {
    const image = layout(t, { v1: example });
    const json = await cli(['ls', image, 'bin'], { env: { HOLDFAST_FORMAT: 'json', HOLDFAST_LONG: 'yes' } });
    assert.equal((JSON.parse(json.stdout) as { path: string }).path, 'bin');
    const text = await cli(['ls', '--format', 'text', image, 'bin'], { env: { HOLDFAST_FORMAT: 'json' } });
    assert.equal(text.stdout, 'usr/bin/git-log\nusr/bin/git-show\n');
    assert.equal((await cli(['ls', image], { env: { HOLDFAST_AT_LAYER: '0' } })).stdout, '');
    assert.equal((await cli(['ls', image], { env: { HOLDFAST_MAX_ENTRIES: '1' } })).code, 7);
  });

  void it('reads a switch as yes or no', async (t) => {
    const image = layout(t, { v1: example });
    for (const [value, recursive] of [
      ['1', true],
      ['true', true],
      ['0', false],
      ['', false],
    ] as const) {
      const { stdout } = await cli(['ls', image], { env: { HOLDFAST_RECURSIVE: value } });
      assert.equal(stdout.includes('usr/bin'), recursive, value);
    }
  });

  void it('gives lists one item a line', async (t) => {
    const image = layout(t, { v1: example });
    const archive = path.join(scratch(t), 'a.tar');
    const env = { HOLDFAST_EXCLUDE: 'usr\n{odd,dev}', HOLDFAST_OUTPUT: archive, HOLDFAST_QUIET: '1' };
    assert.deepEqual(await cli(['export', image], { env }), {
      code: 0,
      stdout: `${archive}\n`,
      stderr: '',
      bytes: Buffer.from(`${archive}\n`),
    });
    assert.doesNotMatch(fs.readFileSync(archive, 'latin1'), /git-log|dev\/null|odd\//);
  });

  void it('has a name of its own for each thing that an option means', () => {
    const sameToAll = ['HOLDFAST_FORMAT', 'HOLDFAST_DRY_RUN', 'HOLDFAST_COMPRESSION'];
    const names = Object.values(optionTable)
      .map(environmentName)
      .filter((name) => !sameToAll.includes(name));
    assert.deepEqual(
      names.filter((name, at) => names.indexOf(name) !== at),
      [],
    );
  });

  void it('of one command is nothing to another', async (t) => {
    const image = layout(t, { v1: example });
    const env = { HOLDFAST_ON_CONFLICT: 'follow', HOLDFAST_IGNORE: 'usr', HOLDFAST_OUTPUT: path.join(scratch(t), 'a') };
    const to = ['--to', `oci:${scratch(t)}:merged`];
    assert.equal((await cli(['merge', '-q', image, image, ...to], { env })).code, 0);
    const { stdout } = await cli(['verify', '--format', 'json', image, image], { env });
    assert.deepEqual((JSON.parse(stdout) as { ignored: unknown[] }).ignored, []);
    await cli(['diff', image, image], { env });
    assert.equal(fs.existsSync(env.HOLDFAST_OUTPUT), false);
  });

  void it('is as good as absent when it is empty', async (t) => {
    const env = { HOLDFAST_JOBS: '', HOLDFAST_PLATFORM: '', HOLDFAST_FORMAT: '' };
    assert.equal((await cli(['ls', layout(t, { v1: example })], { env })).code, 0);
  });

  void it('is named when it is wrong', async (t) => {
    const image = layout(t, { v1: example });
    const { code, stderr } = await cli(['ls', image], { env: { HOLDFAST_JOBS: 'many' } });
    assert.equal(code, 2);
    assert.equal(stderr, 'error: HOLDFAST_JOBS: "many" is not a whole number of 1 or more [USAGE]\n');
    assert.equal((await cli(['ls', image], { env: { HOLDFAST_NULL: 'perhaps' } })).code, 2);
    assert.equal((await cli(['digest', image], { env: { HOLDFAST_JOBS: 'many' } })).code, 0);
  });
});

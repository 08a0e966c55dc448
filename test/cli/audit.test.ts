import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import type { AuditResult } from '../../src/audit/index.ts';
import {
  type BuiltLayer,
  directory,
  file,
  hardlink,
  imageOf,
  indexOf,
  layerOf,
  symlink,
  type TaggedImages,
  writeLayout,
} from '../../src/testing/index.ts';
import { scratch } from '../inspect/example.ts';
import { assertDocumented, places } from './places.ts';
import { cli, type CliResult } from './run-cli.ts';

/** As kaniko wrote git. */
const kaniko = layerOf([
  directory('usr/'),
  directory('usr/bin/'),
  file('usr/bin/git', 'git'.repeat(1000), { mode: 0o755 }),
  ...['git-log', 'git-show', 'git-tag', 'git-add'].map((name) =>
    hardlink(`usr/bin/${name}`, '/usr/bin/git', { mode: 0o755 }),
  ),
]);
const plain = layerOf([directory('etc/'), file('etc/motd', 'hello')]);
const bare = (layer: BuiltLayer) => imageOf([layer]);

function layout(t: TestContext, images: TaggedImages): string {
  const target = path.join(scratch(t), 'images');
  writeLayout(target, images);
  return `oci:${target}`;
}

async function ends(code: number, argv: readonly string[]): Promise<CliResult> {
  const result = await cli(argv);
  assert.equal(result.code, code, result.stderr);
  return result;
}

async function json(code: number, argv: readonly string[]): Promise<AuditResult> {
  const { stdout } = await ends(code, [...argv, '--format', 'json']);
  const result = JSON.parse(stdout) as AuditResult;
  assertDocumented(argv, result);
  return result;
}

void describe('holdfast audit', () => {
  void it('tells a person what is wrong, what to do, and what the links are worth', async (t) => {
    const images = layout(t, { kaniko: bare(kaniko) });
    const { stdout } = await ends(3, ['audit', `${images}:kaniko`]);
    const digest = /sha256:\w{64}/.exec(stdout)?.[0];
    assert.deepEqual(stdout.split('\n'), [
      `${images}:kaniko  linux/amd64  ${digest}`,
      '  error P01, layer 1: 4 hard links have absolute targets: usr/bin/git-add -> usr/bin/git, usr/bin/git-log -> usr/bin/git, usr/bin/git-show -> usr/bin/git and 1 more',
      '      remedy: holdfast fix writes such layers anew with relative targets; build with another builder, or with the kaniko fork from 1.28.2 on.',
      '  note C01, C02, C11, C21, C23, C25, C26, C27, layer 1: usr/bin/git, usr/bin/git-add, usr/bin/git-log and 2 more may matter to cloud-run, gvisor, microsandbox, composefs, ext4, umoci, overlayfs, docker, podman, fuse-overlayfs',
      '  note C19, layer 1: 4 programs are hard links, and may not be scanned: usr/bin/git-add, usr/bin/git-log, usr/bin/git-show and 1 more (syft, trivy, snyk, cdxgen)',
      '  note C24, layer 1: 1 image grows by a quarter or more where links are lost (btrfs, ext4)',
      '  1 layer, 7 entries, 2.9 KiB of files, 15 KiB if every hard link were a copy',
      '1 error, 0 warnings, 10 notes in 1 image',
      '',
    ]);
  });

  void it('gives the documented JSON', async (t) => {
    const images = layout(t, { kaniko: bare(kaniko) });
    const { findings, ...rest } = await json(3, ['audit', `${images}:kaniko`]);
    const [{ digest, fingerprint, ...first } = assert.fail()] = findings;
    assert.deepEqual(first, {
      rule: 'P01',
      severity: 'error',
      image: `${images}:kaniko`,
      platform: 'linux/amd64',
      layer: 1,
      paths: ['usr/bin/git-add', 'usr/bin/git-log', 'usr/bin/git-show', 'usr/bin/git-tag'],
      message:
        '4 hard links have absolute targets: usr/bin/git-add -> usr/bin/git, usr/bin/git-log -> usr/bin/git, usr/bin/git-show -> usr/bin/git and 1 more',
      remedy:
        'holdfast fix writes such layers anew with relative targets; build with another builder, or with the kaniko fork from 1.28.2 on.',
    });
    assert.match(fingerprint, /^[0-9a-f]{32}$/);
    const audited = { image: `${images}:kaniko`, platform: 'linux/amd64', digest };
    assert.deepEqual(rest, {
      images: [{ ...audited, layers: 1, entries: 7, bytes: 3000, bytesAsCopies: 15_000 }],
      skipped: [],
      counts: { error: 1, warning: 0, note: 10 },
      known: 0,
    });
  });

  void it('fails from the severity on that it is told', async (t) => {
    const images = layout(t, { warned: bare(layerOf([symlink('a', 'a')])), plain: bare(plain), bad: bare(kaniko) });
    for (const [tag, failOn, code] of [
      ['plain', 'note', 0],
      ['warned', undefined, 0],
      ['warned', 'error', 0],
      ['warned', 'warning', 3],
      ['warned', 'note', 3],
      ['bad', undefined, 3],
    ] as const) {
      await ends(code, ['audit', `${images}:${tag}`, ...(failOn ? ['--fail-on', failOn] : [])]);
    }
    assert.equal((await ends(3, ['audit', '-q', `${images}:bad`])).stdout, '');
  });

  void it('narrows what consumers do to those that are named', async (t) => {
    const linked = layerOf([file('a', '1'), hardlink('b', 'a')]);
    const images = layout(t, { linked: bare(linked) });
    const rulesFor = async (code: number, ...targets: string[]): Promise<string[]> => {
      const options = targets.flatMap((target) => ['--target', target]);
      const { findings } = await json(code, ['audit', `${images}:linked`, ...options]);
      return findings.map(({ rule, severity }) => `${rule} ${severity}`);
    };
    assert.deepEqual(await rulesFor(3, 'cloud-run'), ['C01 error', 'C02 warning']);
    assert.deepEqual(await rulesFor(0, 'umoci'), ['C25 warning']);
    assert.deepEqual(await rulesFor(3, 'cloud-run', 'umoci'), ['C01 error', 'C02 warning', 'C25 warning']);
    assert.deepEqual(await rulesFor(0, 'docker-29.7'), []);
  });

  void it('looks at every image of an index, and says what it leaves out', async (t) => {
    const windows = imageOf([plain], { platform: 'windows/amd64' });
    const missing = imageOf([kaniko], { platform: 'linux/s390x' });
    const attestation = imageOf([layerOf([file('x')], { mediaType: 'application/vnd.in-toto+json' })]);
    const all = indexOf([bare(plain), imageOf([kaniko], { platform: 'linux/arm64' }), windows, attestation, missing]);
    const target = path.join(scratch(t), 'images');
    writeLayout(target, { app: all });
    fs.rmSync(path.join(target, 'blobs/sha256', missing.digest.slice(7)));
    const { findings, images, skipped } = await json(3, ['audit', `oci:${target}:app`]);
    assert.deepEqual(
      images.map(({ platform }) => platform),
      ['linux/amd64', 'linux/arm64'],
    );
    assert.deepEqual([...new Set(findings.map(({ platform }) => platform))], ['linux/arm64']);
    assert.deepEqual(
      skipped.map(({ digest, reason }) => [digest, reason]),
      [
        [missing.digest, 'not here'],
        [windows.digest, 'a Windows image'],
        [attestation.digest, 'not a container image'],
      ],
    );
    const { findings: none } = await json(0, ['audit', '--platform', 'linux/amd64', `oci:${target}:app`]);
    assert.deepEqual(none, []);
  });

  void it('finds in layers that no program can unpack what is wrong with them', async (t) => {
    const images = layout(t, {
      odd: bare(layerOf([hardlink('a', 'b'), file('b'), hardlink('c', 'nowhere'), file('d'), file('d', '2')])),
    });
    const { findings } = await json(3, ['audit', `${images}:odd`]);
    assert.deepEqual(
      findings.filter(({ rule }) => rule.startsWith('P')).map(({ rule, paths }) => [rule, ...paths]),
      [
        ['P23', 'a'],
        ['P24', 'c'],
        ['P26', 'd'],
      ],
    );
  });

  void it('reads no layer twice, nor any at all for an image that is known', async (t) => {
    const place = await places(t);
    place.registry.seed('app', 'v1', bare(kaniko));
    const argv = ['audit', `docker://${place.host}/app:v1`, '--fail-on', 'error'];
    assert.equal((await place.run(argv)).code, 3);
    fs.rmSync(path.join(place.directory, 'store'), { recursive: true });
    place.registry.clearRequests();
    assert.equal((await place.run(argv)).code, 3);
    const asked = place.registry.requests.map(({ url }) => url);
    assert.ok(!asked.some((one) => one.includes(kaniko.digest)), asked.join('\n'));
  });

  void it('writes a baseline and leaves out what it knows, whatever the tag is', async (t) => {
    const place = await places(t);
    place.registry.seed('app', 'v1', bare(kaniko));
    place.registry.seed('app', 'v2', imageOf([plain, kaniko]));
    const baseline = path.join(place.directory, 'known.json');
    const name = `docker://${place.host}/app`;
    await place.run(['audit', `${name}:v1`, '--write-baseline', baseline]);
    const { code, stdout } = await place.run(['audit', `${name}:v2`, '--baseline', baseline, '--format', 'json']);
    assert.equal(code, 0, stdout);
    const { findings, known } = JSON.parse(stdout) as AuditResult;
    assert.deepEqual(
      findings.map(({ rule }) => rule),
      ['C13', 'C14'],
    );
    assert.equal(known, 4 + 8 * 5 + 4 + 1);
    const { stdout: text } = await place.run(['audit', `${name}:v1`, '--baseline', baseline]);
    assert.match(text, /^0 errors, 0 warnings, 0 notes in 1 image; 49 known places left out$/m);
  });

  void it('prints SARIF', async (t) => {
    const images = layout(t, { kaniko: bare(kaniko) });
    const { stdout } = await ends(3, ['audit', `${images}:kaniko`, '--format', 'sarif']);
    const log = JSON.parse(stdout) as { version: string; runs: { results: { ruleId: string }[] }[] };
    assert.equal(log.version, '2.1.0');
    assert.equal(log.runs[0]?.results[0]?.ruleId, 'P01');
  });

  void it('finds copies by what they hold', async (t) => {
    const body = 'x'.repeat(10_000);
    const images = layout(t, {
      twice: bare(layerOf([file('a', body), file('b', body, { mtime: 3 }), file('c', body.toUpperCase())])),
    });
    assert.deepEqual((await json(0, ['audit', `${images}:twice`])).findings, []);
    const { findings } = await json(0, ['audit', '--content', `${images}:twice`]);
    assert.deepEqual(
      findings.map(({ rule, paths, bytes }) => [rule, paths, bytes]),
      [['P02', ['b'], 10_000]],
    );
  });

  void it('explains every hazard without an image, those too that no audit can find', async () => {
    const { stdout } = await ends(0, ['audit', '--explain', 'p01']);
    assert.match(stdout, /^P01: hard link with an absolute target\n\n/);
    assert.match(stdout, /^--target docker-29\.7 +error: Docker 29\.7\.0 to 29\.7\.2/m);
    assert.match(
      (await ends(0, ['audit', '--explain', 'P21'])).stdout,
      /^It is never found by an audit\. The build fails/m,
    );
    const facts = JSON.parse((await ends(0, ['audit', '--explain', 'C08', '--format', 'json'])).stdout) as object;
    assert.deepEqual(Object.keys(facts).sort(), [
      'affected',
      'explanation',
      'id',
      'remedy',
      'severity',
      'sources',
      'targets',
      'title',
    ]);
    const { stderr } = await ends(2, ['audit', '--explain', 'P99']);
    assert.match(stderr, /^error: there is no hazard "P99" \[USAGE\]\nhint: there are P01, P02, .*C01, /);
  });

  void it('refuses command lines that it does not understand, and files that it cannot use', async (t) => {
    const images = layout(t, { plain: bare(plain) });
    const directory = scratch(t);
    const wrong = path.join(directory, 'wrong.json');
    fs.writeFileSync(wrong, '{"version":3}');
    for (const [code, error, ...argv] of [
      [2, "missing required argument 'IMAGE' [USAGE]"],
      [2, '--target: "mars" is not one of', '--target', 'mars', images],
      [2, '--format: "html" is not one of text, json, sarif [USAGE]', '--format', 'html', images],
      [2, 'the baseline is none, or not of version 1 [USAGE]', '--baseline', wrong, images],
      [
        4,
        'absent.json": there is no such file [FILE_NOT_FOUND]',
        '--baseline',
        path.join(directory, 'absent.json'),
        images,
      ],
      [8, 'write "', '--write-baseline', path.join(directory, 'absent/known.json'), images],
      [4, '"nothing"', `${images}:nothing`],
    ] as const) {
      const { stderr } = await ends(code, ['audit', ...argv]);
      assert.ok(stderr.includes(error), stderr);
    }
  });
});

/** What a user meets: exit codes, hints, and nothing on the terminal that a registry put there. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { file, imageOf, indexOf, layerOf, type TestRegistryOptions } from '../../src/testing/index.ts';
import { held, holdInRegistry, without } from './images.ts';
import { type Remote, remote } from './scratch.ts';

const image = imageOf([layerOf([file('f', 'hello')])]);
/** Escapes, a line of its own, a C1 control, and text that runs backwards. */
const escapes = '\u001b[2J\u001b]0;owned\u0007\r\nerror: all is well\u009b31m\u202etxt\u2028';
const unprintable = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u;

interface Failing {
  readonly title: string;
  readonly options?: TestRegistryOptions;
  readonly spoil?: (here: Remote) => void;
  readonly name?: string;
  readonly flags?: readonly string[];
  readonly code: number;
  readonly says: RegExp;
}

const failures: readonly Failing[] = [
  {
    title: 'a tag that is not there',
    name: 'app:v2',
    code: 4,
    says: /^error: .*app:v2.*does not have it.*\[IMAGE_NOT_FOUND\]\nhint: see what there is: holdfast tags 127\.0\.0\.1:\d+\/app\n/,
  },
  { title: 'a repository that is not there', name: 'other:v1', code: 4, says: /\[IMAGE_NOT_FOUND\]\n/ },
  {
    title: 'a digest that is not there',
    name: `app@sha256:${'0'.repeat(64)}`,
    code: 4,
    says: /\[IMAGE_NOT_FOUND\]\n/,
  },
  {
    title: 'a registry that wants a login',
    options: { auth: { kind: 'basic', users: { a: 'b' } } },
    code: 5,
    says: /\[AUTH_REQUIRED\]\nhint: log in first: holdfast login 127/,
  },
  {
    title: 'a registry that wants a login, with tokens',
    options: { auth: { kind: 'bearer', users: { a: 'b' } } },
    code: 5,
    says: /\[AUTH_REQUIRED\]\nhint: log in first: holdfast login 127/,
  },
  {
    title: 'a password that is wrong',
    options: { auth: { kind: 'basic', users: { a: 'b' } } },
    spoil: ({ directory, registry }) => logIn(directory, registry.host, 'a:wrong'),
    code: 5,
    says: /\[AUTH_REQUIRED\]\nhint: the stored credentials are not accepted/,
  },
  {
    title: 'a user who may not',
    options: { auth: { kind: 'basic', users: { a: 'b' }, grants: [] } },
    spoil: ({ directory, registry }) => logIn(directory, registry.host, 'a:b'),
    code: 5,
    says: /\[ACCESS_DENIED\]\nhint: /,
  },
  {
    title: 'a web page',
    spoil: ({ registry }) => {
      const action = { kind: 'answer', status: 200, body: '<html>', headers: { 'content-type': 'text/html' } } as const;
      registry.faults.add({ times: 99, action });
    },
    code: 6,
    says: /it is a web page \[REGISTRY_PROTOCOL\]/,
  },
  {
    title: 'a layer that is damaged',
    spoil: ({ registry }) => {
      registry.faults.add({ match: { path: /\/blobs\//, nth: 2 }, times: 99, action: { kind: 'corrupt', byte: 30 } });
    },
    code: 7,
    says: /^error: layer 1 \(sha256:\w+…?\): .*\[DIGEST_MISMATCH\]\nhint: /,
  },
  {
    title: 'a layer that is missing',
    spoil: ({ registry }) => {
      const [digest] = image.layers.map((layer) => layer.digest);
      registry.content.repository('app').blobs.clear();
      if (digest) holdInRegistry(registry, 'app', 'v1', without(held(image), digest));
    },
    code: 7,
    says: /^error: layer 1 .*\[BLOB_MISSING\]/,
  },
  {
    title: 'a platform that is missing',
    spoil: ({ registry }) => registry.seed('app', 'v1', indexOf([imageOf([], { platform: 'windows/amd64' })])),
    flags: ['--platform', 'linux/amd64'],
    code: 4,
    says: /\[PLATFORM_NOT_FOUND\]\nhint: .*windows\/amd64/,
  },
  {
    title: 'a host that is not there',
    name: 'nowhere.invalid/app:v1',
    code: 6,
    says: /"nowhere\.invalid" cannot be reached: .*\[HOST_UNREACHABLE\]\nhint: /,
  },
  {
    title: 'an error full of escapes',
    spoil: ({ registry }) => {
      const body = JSON.stringify({ errors: [{ code: escapes, message: `look: ${escapes}` }] });
      registry.faults.add({ times: 99, action: { kind: 'answer', status: 400, body } });
    },
    code: 6,
    says: /look: \\x1b\[2J.*\[REGISTRY_REFUSED\]/,
  },
];

void describe('a command says clearly what is wrong, and ends with its code', () => {
  for (const { title, options, spoil, name = 'app:v1', flags = [], code, says } of failures) {
    void it(title, async (t) => {
      const here = await remote(t, options);
      here.registry.seed('app', 'v1', image);
      spoil?.(here);
      const reference = name.includes('/') ? name : `${here.registry.host}/${name}`;
      const target = join(here.directory, 'root');
      for (const [command, ...rest] of [
        ['unpack', reference, target],
        ['export', reference],
        ['validate', reference],
      ] as const) {
        const { code: actual, stdout, stderr } = await here.cli([command, '--progress', 'none', ...flags, ...rest]);
        assert.equal(actual, code, stderr);
        assert.match(stderr, says);
        assert.equal(stdout, '');
        for (const line of stderr.split('\n')) assert.doesNotMatch(line, unprintable);
        assert.equal(stderr.trimEnd().split('\n').length, stderr.includes('\nhint: ') ? 2 : 1);
      }
      assert.equal(fs.existsSync(target), false);
    });
  }
});

void describe('text of a registry never commands the terminal', () => {
  const progress = ['auto', 'plain', 'tty', 'none', 'json'] as const;

  for (const command of ['tags', 'catalog'] as const) {
    void it(`in what ${command} lists`, async (t) => {
      const here = await remote(t);
      const names = ['good', `bad${escapes}`, '../../etc', '\u0000', 'ü'];
      const body = JSON.stringify({ name: `app${escapes}`, tags: names, repositories: names });
      const action = { kind: 'answer', status: 200, body, headers: { 'content-type': 'application/json' } } as const;
      here.registry.faults.add({ times: 99, action });
      const name = command === 'tags' ? `${here.registry.host}/app` : here.registry.host;
      for (const flags of [[], ['--debug'], ['--format', 'json']]) {
        const { stdout, stderr } = await here.cli([command, ...flags, name], { isTerminal: flags[0] !== '--format' });
        for (const line of [...stdout.split('\n'), ...stderr.split('\n')]) assert.doesNotMatch(line, /[\p{Cc}]/u);
        assert.ok(`${stdout}${stderr}` !== '');
      }
    });
  }

  for (const mode of progress) {
    void it(`in warnings and limits, with progress ${mode}`, async (t) => {
      const headers = {
        warning: `299 - "look: \u009b31m\u00ad"`,
        'ratelimit-remaining': '3;w=21600',
        'ratelimit-limit': '100;w=21600',
      };
      const here = await remote(t, { quirks: { headers } });
      here.registry.seed('app', 'v1', image);
      for (const flags of [[], ['--debug']]) {
        const reference = `${here.registry.host}/app:v1`;
        const { code, stderr } = await here.cli(['ls', '--progress', mode, ...flags, reference], { isTerminal: true });
        assert.equal(code, 0, stderr);
        // What a terminal is told to do is our own: clearing lines, hiding the cursor, colours.
        const own = mode === 'tty' || mode === 'auto' ? /\u001b\[[0-9?;]*[A-Za-z]/gu : /(?!)/gu;
        for (const line of stderr.replaceAll(own, '').split(/[\n\r]/)) assert.doesNotMatch(line, unprintable);
        assert.match(stderr, /look: /);
      }
    });
  }

  void it('in what an image says of itself', async (t) => {
    const here = await remote(t);
    const config = { Env: [`X=${escapes}`], Labels: { [escapes]: escapes }, Cmd: [escapes] };
    const odd = imageOf([layerOf([file(`bad${escapes.replaceAll('\r\n', '')}`, 'x')])], { config });
    here.registry.seed('app', 'v1', odd);
    for (const command of ['inspect', 'ls', 'tree', 'links', 'validate']) {
      const { code, stdout } = await here.cli([command, `${here.registry.host}/app:v1`], { isTerminal: true });
      assert.equal(code, 0);
      for (const line of stdout.split('\n')) assert.doesNotMatch(line, unprintable);
    }
  });
});

/** What `docker login` leaves in its file. */
function logIn(home: string, host: string, userAndPassword: string): void {
  fs.mkdirSync(join(home, '.docker'), { recursive: true });
  const auth = Buffer.from(userAndPassword).toString('base64');
  fs.writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
}

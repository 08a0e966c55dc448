import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { isHoldfastError } from '../../src/base/index.ts';
import { loadRegistriesConf, mergeSettings, parseRegistriesConf } from '../../src/registry/index.ts';
import { isBlocked, mirrorsOf, originOf } from '../../src/registry/mirrors.ts';

const file = 'registries.conf';

const example = `
unqualified-search-registries = ["example.com"]
short-name-mode = "enforcing"

[[registry]]
prefix = "docker.io"
location = "docker.io"

[[registry.mirror]]
location = "mirror.local:5000/hub"
insecure = true

[[registry.mirror]]
location = "second.local"
pull-from-mirror = "digest-only"

[[registry]]
prefix = "docker.io/library"
location = "internal.local/base"

[[registry]]
prefix = "*.evil.example"
blocked = true

[[registry]]
location = "lab.local:5000"
insecure = true

[[registry]]
prefix = "old.local/team"
location = "new.local/group/team"
mirror-by-digest-only = true
mirror = [{ location = "cache.local/team" }]

[aliases]
"short" = "example.com/long"
`;

const settings = parseRegistriesConf(example, file);

void test('puts what follows the prefix of a name behind the location of each mirror', () => {
  const repository = { registry: 'docker.io', repository: 'team/app' };
  assert.deepEqual(mirrorsOf(repository, settings, 'digest'), [
    { registry: 'mirror.local:5000', repository: 'hub/team/app' },
    { registry: 'second.local', repository: 'team/app' },
  ]);
  assert.deepEqual(mirrorsOf(repository, settings, 'tag'), [
    { registry: 'mirror.local:5000', repository: 'hub/team/app' },
  ]);
  assert.deepEqual(originOf(repository, settings), repository);
});

void test('lets the longest prefix decide alone', () => {
  const repository = { registry: 'docker.io', repository: 'library/alpine' };
  assert.deepEqual(mirrorsOf(repository, settings, 'tag'), []);
  assert.deepEqual(originOf(repository, settings), { registry: 'internal.local', repository: 'base/alpine' });
  const like = { registry: 'docker.io', repository: 'libraryother/alpine' };
  assert.deepEqual(originOf(like, settings), like);
});

void test('asks mirrors by digest only where that is wanted', () => {
  const repository = { registry: 'old.local', repository: 'team/app' };
  assert.deepEqual(originOf(repository, settings), { registry: 'new.local', repository: 'group/team/app' });
  assert.deepEqual(mirrorsOf(repository, settings, 'tag'), []);
  assert.deepEqual(mirrorsOf(repository, settings, 'digest'), [{ registry: 'cache.local', repository: 'team/app' }]);
});

void test('blocks hosts below a domain, and lets a longer prefix free one', () => {
  const repository = { registry: 'a.evil.example', repository: 'x' };
  assert.equal(isBlocked(repository, settings), true);
  assert.equal(isBlocked({ ...repository, registry: 'evil.example' }, settings), false);
  const freed = mergeSettings([settings, parseRegistriesConf('[[registry]]\nlocation = "a.evil.example"', file)]);
  assert.equal(isBlocked(repository, freed), false);
});

void test('names the hosts that may be insecure', () => {
  assert.deepEqual(settings.insecureHosts, ['mirror.local:5000', 'lab.local:5000']);
});

void test('lets a later file replace what an earlier one says of the same registry', () => {
  const later = parseRegistriesConf('[[registry]]\nprefix = "docker.io"\nlocation = "other.local"', file);
  const merged = mergeSettings([settings, later]);
  const repository = { registry: 'docker.io', repository: 'team/app' };
  assert.deepEqual(mirrorsOf(repository, merged, 'tag'), []);
  assert.deepEqual(originOf(repository, merged), { registry: 'other.local', repository: 'team/app' });
});

void test('reads insecure and blocked registries of the first version', () => {
  const old = parseRegistriesConf(
    '[registries.search]\nregistries = ["a"]\n[registries.insecure]\nregistries = ["b.local:5000"]\n[registries.block]\nregistries = ["c.local"]',
    file,
  );
  assert.deepEqual(old.insecureHosts, ['b.local:5000']);
  assert.deepEqual(old.blocked, ['c.local']);
});

for (const [text, reason] of [
  ['[[registry]', /line 1, column \d+ is not valid TOML/],
  ['registry = 1', /registry: /],
  ['[[registry]]', /neither a valid prefix nor a valid location/],
  ['[[registry]]\nlocation = "a b"', /valid location/],
  ['[[registry]]\nlocation = "https://a.local"', /valid location/],
  ['[[registry]]\nlocation = "a.local"\ninsecure = "yes"', /registry\.0\.insecure/],
  [
    '[[registry]]\nlocation = "a.local"\n[[registry.mirror]]\nlocation="b.local"\npull-from-mirror="some"',
    /should be all/,
  ],
  ['[[registry]]\nlocation = "a.local"\n[[registry]]\nlocation = "a.local"', /there twice/],
] as const) {
  void test(`refuses ${JSON.stringify(text)}`, () => {
    assert.throws(
      () => parseRegistriesConf(text, file),
      (error) => isHoldfastError(error, 'SETTINGS_INVALID') && reason.test(error.message),
    );
  });
}

void test('gives settings or one coded error for any text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'[]="\n.{},regist*ymo'.split('')) })),
      (text) => {
        try {
          parseRegistriesConf(text, file);
        } catch (error) {
          assert.ok(isHoldfastError(error, 'SETTINGS_INVALID'));
        }
      },
    ),
  );
});

void test("reads the user's file before the system's, and both directories", () => {
  const directory = mkdtempSync(join(tmpdir(), 'holdfast-registries-'));
  try {
    const [system, user] = [join(directory, 'etc'), join(directory, 'config', 'containers')];
    const env = { XDG_CONFIG_HOME: join(directory, 'config') };
    assert.deepEqual(loadRegistriesConf(env, system).insecureHosts, []);
    const write = (path: string, location: string): void => {
      mkdirSync(join(path, '..'), { recursive: true });
      writeFileSync(path, `[[registry]]\nlocation = "${location}"\ninsecure = true`);
    };
    write(join(system, 'registries.conf'), 'system.local');
    assert.deepEqual(loadRegistriesConf(env, system).insecureHosts, ['system.local']);
    write(join(system, 'registries.conf.d', '10.conf'), 'ten.local');
    write(join(user, 'registries.conf'), 'user.local');
    write(join(user, 'registries.conf.d', '05.conf'), 'five.local');
    write(join(user, 'registries.conf.d', 'notes.txt'), 'not.local');
    assert.deepEqual(loadRegistriesConf(env, system).insecureHosts, ['user.local', 'ten.local', 'five.local']);
    const own = { ...env, CONTAINERS_REGISTRIES_CONF: join(system, 'registries.conf') };
    assert.deepEqual(loadRegistriesConf(own, system).insecureHosts, ['system.local']);
    assert.throws(
      () => loadRegistriesConf({ CONTAINERS_REGISTRIES_CONF: join(directory, 'absent') }, system),
      (error) => isHoldfastError(error, 'SETTINGS_INVALID'),
    );
  } finally {
    rmSync(directory, { recursive: true });
  }
});

/** Documents keep what nobody asked to change, and changes that are made are made once. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { changedConfig, type ConfigChanges, withEntries } from '../../src/edit/config-changes.ts';
import { type JsonObject, readObject, withKey, writeObject } from '../../src/edit/json-object.ts';
import { inFamily } from '../../src/edit/layer-types.ts';

const key = fc.oneof(fc.constantFrom('a', 'b', '1', '__proto__', 'constructor'), fc.string({ maxLength: 4 }));
const number = fc.constantFrom('0', '1', '-1', '1.0', '1e3', '12345678901234567890', '0.1', '-0', '1E-2');
const { document } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom('null', 'true', '""'),
    number,
    fc.string({ unit: 'grapheme', maxLength: 5 }).map((text) => JSON.stringify(text)),
    fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join(',')}]`),
    tie('document'),
  ),
  document: fc
    .uniqueArray(fc.tuple(key, tie('value')), { maxLength: 4, selector: ([name]) => name })
    .map((pairs) => `{${pairs.map(([name, value]) => `${JSON.stringify(name)}:${String(value)}`).join(',')}}`),
}));

void describe('a document', () => {
  void it('keeps its bytes where nothing changes, and every other field where something does', () => {
    fc.assert(
      fc.property(document, fc.constantFrom(undefined, 1, 3, '\t'), (text, indent) => {
        const spaced = indent === undefined ? text : reindented(text, indent);
        const bytes = Buffer.from(spaced);
        const object = readObject(bytes);
        assert.equal(writeObject({ ...object }, bytes), bytes);
        const changed = writeObject(withKey(object, 'new key', [1]), bytes);
        assert.equal(JSON.stringify(readObject(changed)), JSON.stringify({ ...object, 'new key': [1] }));
        const back = writeObject(withKey(readObject(changed), 'new key', undefined), bytes);
        assert.equal(back, bytes);
      }),
    );
  });
});

const text = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', '_', '1') });
const map = fc.dictionary(text, text, { maxKeys: 3 });
const names = fc.array(text, { maxLength: 3 });
const changes: fc.Arbitrary<ConfigChanges> = fc.record(
  {
    labels: map,
    unsetLabels: names,
    env: map,
    unsetEnv: names,
    cmd: names,
    entrypoint: names,
    user: fc.oneof(text, fc.constant('')),
    workdir: fc.constantFrom('', '/', '/a'),
    stopSignal: fc.constantFrom('', 'SIGINT'),
    ports: fc.array(fc.constantFrom('80', '80/tcp', '53/udp')),
    unsetPorts: fc.array(fc.constantFrom('80', '53/udp')),
    volumes: fc.array(fc.constantFrom('/a', '/b')),
    unsetVolumes: fc.array(fc.constantFrom('/a', '/c')),
    setPlatform: fc.constantFrom('linux/amd64', 'linux/arm/v7'),
  },
  { requiredKeys: [] },
);
const env = fc.array(
  fc.oneof(
    text,
    fc.tuple(text, text).map((pair) => pair.join('=')),
  ),
  { maxLength: 4 },
);
const config = fc.record({
  os: fc.constant('linux'),
  config: fc.option(
    fc.record(
      { Env: env, Labels: map, Cmd: names, ExposedPorts: fc.constant({ '80/tcp': {} }), Other: fc.constant([1]) },
      { requiredKeys: [] },
    ),
  ),
  other: fc.constant({ x: null }),
});

void describe('changes of a config', () => {
  void it('are made by the first time, and change nothing by the second', () => {
    fc.assert(
      fc.property(config, changes, (before, wanted) => {
        const once = changedConfig(before, wanted);
        assert.equal(JSON.stringify(changedConfig(once, wanted)), JSON.stringify(once));
        assert.equal(JSON.stringify(changedConfig(before, {})), JSON.stringify(before));
      }),
    );
  });

  void it('lead to what was asked for, and to nothing else', () => {
    fc.assert(
      fc.property(config, changes, (before, wanted) => {
        const after = changedConfig(before, wanted);
        const [old, now] = [asRuntime(before), asRuntime(after)];
        const variables = new Map((now.Env ?? []).map((line) => [line.split('=', 1)[0], line]));
        for (const [name, value] of Object.entries(wanted.env ?? {}))
          assert.equal(variables.get(name), `${name}=${value}`);
        for (const name of wanted.unsetEnv ?? []) if (!(name in (wanted.env ?? {}))) assert.ok(!variables.has(name));
        const touched = [...Object.keys(wanted.env ?? {}), ...(wanted.unsetEnv ?? [])];
        const untouched = (lines: readonly string[] = []) =>
          lines.filter((line) => !touched.includes(line.split('=', 1)[0] ?? ''));
        assert.deepEqual(untouched(now.Env), untouched(old.Env));
        assert.deepEqual(now.Other, old.Other);
        assert.deepEqual(after['other'], before.other);
      }),
    );
  });

  void it('of a map are its own and leave no other', () => {
    fc.assert(
      fc.property(map, map, names, (before, set, unset) => {
        const after = withEntries({ map: before }, 'map', { set, unset })['map'] as JsonObject;
        for (const name of [...Object.keys(before), ...Object.keys(set), ...unset]) {
          const wanted = Object.hasOwn(set, name) ? set[name] : unset.includes(name) ? undefined : before[name];
          assert.equal(Object.hasOwn(after, name) ? after[name] : undefined, wanted);
        }
      }),
    );
  });
});

void describe('media types of layers', () => {
  void it('come back from the other family as they were', () => {
    const foreign = [
      'application/vnd.oci.image.layer.nondistributable.v1.tar',
      'application/vnd.oci.image.layer.v1.tar',
    ];
    for (const type of foreign.flatMap((tar) => [tar, `${tar}+gzip`, `${tar}+zstd`])) {
      assert.notEqual(inFamily(type, 'docker'), type);
      assert.equal(inFamily(inFamily(type, 'docker'), 'oci'), type);
      assert.equal(inFamily(type, 'oci'), type);
    }
    assert.equal(inFamily('application/x-else.tar', 'docker'), 'application/x-else.tar');
  });
});

interface Runtime {
  readonly Env?: readonly string[];
  readonly Other?: unknown;
}

function asRuntime(document: JsonObject): Runtime {
  return document['config'] ?? {};
}

/** The same document, one field a line. */
function reindented(compact: string, indent: number | string): string {
  const bytes = Buffer.from(compact);
  const object = readObject(bytes);
  return JSON.stringify(object, undefined, indent);
}

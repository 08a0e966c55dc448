import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { auditImage, hiddenHazards, readImageFacts, rules } from '../../src/audit/index.ts';
import { isHoldfastError } from '../../src/base/index.ts';
import { targetNames } from '../../src/hazards/index.ts';
import { type Image, openImage } from '../../src/image/index.ts';
import { loadRootfs } from '../../src/rootfs/index.ts';
import { type BuiltImage, writeLayout } from '../../src/testing/index.ts';
import { scratch } from '../inspect/example.ts';
import { consumerFixtures } from './fixtures/consumers.ts';
import { producerFixtures } from './fixtures/producers.ts';

const fixtures = { ...producerFixtures, ...consumerFixtures };

async function opened(t: TestContext, image: BuiltImage): Promise<Image> {
  const directory = path.join(scratch(t), 'images');
  writeLayout(directory, { fixture: image });
  const found = await openImage(`oci:${directory}:fixture`);
  t.after(() => found[Symbol.asyncDispose]());
  return found;
}

void suite('each rule', () => {
  for (const rule of rules) {
    const fixture = fixtures[rule.id];
    if (fixture === undefined) continue;
    const options = { content: fixture.content ?? false };

    void test(`${rule.id} finds: ${rule.title}`, async (t) => {
      const [layer, ...paths] = fixture.found;
      const { findings } = await auditImage(await opened(t, fixture.hit), options);
      const own = findings.filter((finding) => finding.rule === rule.id);
      assert.deepEqual(
        own.map((finding) => [finding.layer, ...finding.paths]),
        [[layer, ...paths]],
      );
      assert.equal(own[0]?.severity, rule.severity);
      assert.match(
        own[0]?.message ?? '',
        new RegExp(`^${paths.length} ${rule.message[paths.length === 1 ? 'one' : 'many']}`),
      );
    });

    void test(`${rule.id} finds nothing where there is no ${rule.title}`, async (t) => {
      const facts = await readImageFacts(await opened(t, fixture.miss), options);
      assert.deepEqual([...rule.find(facts)], []);
    });
  }
});

void suite('the catalogue', () => {
  void test('has two fixtures for every rule, and no others', () => {
    assert.deepEqual(Object.keys(fixtures).sort(), rules.map(({ id }) => id).sort());
  });

  void test('has each of P01 to P22 and C01 to C33 once, as a rule or with the reason why it cannot be seen', () => {
    const ids = [...rules, ...hiddenHazards].map(({ id }) => id);
    assert.equal(new Set(ids).size, ids.length);
    const numbers = (letter: string, count: number): string[] =>
      Array.from({ length: count }, (_, at) => `${letter}${String(at + 1).padStart(2, '0')}`);
    for (const id of [...numbers('P', 22), ...numbers('C', 33)]) assert.ok(ids.includes(id), id);
  });

  void test('says everything of each hazard', () => {
    for (const hazard of [...rules, ...hiddenHazards]) {
      const { id, title, explanation, remedy, affected, sources } = hazard;
      assert.match(title, /^[^.]+$/, id);
      assert.match(explanation, /\.$/, id);
      assert.match(remedy, /\.$/, id);
      assert.ok(affected.length > 0 && sources.length > 0, id);
      for (const source of sources) assert.ok(source.startsWith('https://'), source);
    }
  });

  void test('has some hazard for every target, and makes notes of what only some consumers do', () => {
    for (const target of targetNames)
      assert.ok(
        rules.some((rule) => rule.targets?.[target] !== undefined),
        target,
      );
    for (const { id, severity, targets } of rules) {
      if (id.startsWith('C')) assert.ok(severity === 'note' && targets !== undefined, id);
    }
  });
});

void test('layers that cannot be laid over each other have errors among their findings, and no others have', async (t) => {
  for (const [id, { hit, miss }] of Object.entries(fixtures)) {
    // Nothing but large.
    if (id === 'P11') continue;
    for (const built of [hit, miss]) {
      const image = await opened(t, built);
      const { findings } = await auditImage(image);
      const refusal = await loadRootfs(image).then(
        () => false,
        (error: unknown) => isHoldfastError(error),
      );
      const isFound = findings.some(({ rule }) => ['P23', 'P24', 'P25', 'P31'].includes(rule));
      assert.equal(isFound, refusal, id);
    }
  }
});

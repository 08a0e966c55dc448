/** What the rules say that Holdfast can do about them, it does. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { audit, type Rule, rules } from '../../src/audit/index.ts';
import { flattenImage } from '../../src/edit/index.ts';
import { fixImage } from '../../src/fix/index.ts';
import { writeLayout } from '../../src/testing/index.ts';
import { scratch } from '../inspect/example.ts';
import { consumerFixtures } from './fixtures/consumers.ts';
import { producerFixtures } from './fixtures/producers.ts';

const fixtures = { ...producerFixtures, ...consumerFixtures };

void suite('a remedy', () => {
  for (const rule of rules) {
    const repair = repairOf(rule);
    if (repair === undefined) continue;
    void test(`of ${rule.id} helps: ${rule.remedy}`, async (t) => {
      const [from, to] = broken(t, rule);
      await repair(from, to);
      const { findings } = await audit([to], { content: true });
      assert.deepEqual(
        findings.filter(({ rule: id }) => id === rule.id),
        [],
      );
    });
  }
});

type Repair = (from: string, to: string) => Promise<unknown>;

/** The command in the text of a remedy. */
function repairOf({ remedy }: Rule): Repair | undefined {
  const fix = /holdfast fix(?: --rule (P\d\d))?( --accept)?( --delink(?:-as copy)?)?/.exec(remedy);
  if (fix) {
    const [, id, accept, delink] = fix;
    return (from, to) =>
      fixImage(from, to, {
        rules: id === undefined ? [] : [id],
        accept: accept !== undefined,
        ...(delink === undefined ? {} : { delink: delink.endsWith('copy') ? 'copy' : 'symlink' }),
      });
  }
  return remedy.includes('holdfast flatten') ? (from, to) => flattenImage(from, to, {}) : undefined;
}

function broken(t: TestContext, { id }: Rule): [from: string, to: string] {
  const directory = path.join(scratch(t), 'images');
  const fixture = fixtures[id] ?? assert.fail();
  writeLayout(directory, { broken: fixture.hit });
  return [`oci:${directory}:broken`, `oci:${directory}:repaired`];
}

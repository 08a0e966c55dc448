import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import type { Log } from 'sarif';
import AjvDraft04 from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import { audit, rules, sarifOf } from '../../src/audit/index.ts';
import { directory, file, hardlink, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { scratch } from '../inspect/example.ts';

const schemaFile = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');

void test('SARIF is valid by its schema, with every rule and a result for each finding', async (t) => {
  const layout = path.join(scratch(t), 'images');
  const odd = [file('a', 'x'), hardlink('b caf\udce9 ü#%', '/a'), directory('tmp/', { mode: 0o1777 })];
  const many = Array.from({ length: 300 }, (_, at) => hardlink(`link${at}`, '/b'));
  writeLayout(layout, { v1: imageOf([layerOf(odd), layerOf([file('tmp/x'), file('b'), ...many])]) });
  const result = await audit([`oci:${layout}:v1`]);
  const log = sarifOf(result, '1.2.3') as Log;

  const ajv = new AjvDraft04.default({ strict: false, allErrors: true, unicodeRegExp: false });
  addFormats.default(ajv);
  const isValid = ajv.compile(JSON.parse(fs.readFileSync(schemaFile, 'utf8')) as object);
  assert.ok(isValid(JSON.parse(JSON.stringify(log))), JSON.stringify(isValid.errors));

  const [run] = log.runs;
  assert.equal(run?.tool.driver.rules?.length, rules.length);
  assert.equal(run.results?.length, result.findings.length);
  for (const [
    at,
    { ruleId, ruleIndex = -1, level, properties, locations, partialFingerprints },
  ] of run.results.entries()) {
    const finding = result.findings[at];
    assert.equal(ruleId, finding?.rule);
    assert.equal(run.tool.driver.rules[ruleIndex]?.id, ruleId);
    assert.equal(level, finding?.severity);
    assert.equal(properties?.['paths'], finding?.paths.length);
    assert.ok(locations !== undefined && locations.length <= 100);
    assert.equal(partialFingerprints?.['holdfastFinding/v1'], finding?.fingerprint);
  }
  const absolute = run.results.find(({ ruleId, properties }) => ruleId === 'P01' && properties?.['layer'] === 1);
  assert.deepEqual(
    absolute?.locations?.map(({ physicalLocation }) => physicalLocation?.artifactLocation?.uri),
    ['b%20caf%E9%20%C3%BC%23%25'],
  );
});

import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { audit, type AuditOptions, type AuditResult, baselineOf, parseBaseline } from '../../src/audit/index.ts';
import { isHoldfastError } from '../../src/base/index.ts';
import { file, hardlink, imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { scratch } from '../inspect/example.ts';

const linked = (...names: readonly string[]) =>
  layerOf([file('a', '1'), ...names.map((name) => hardlink(name, '/a', { mtime: 7 }))]);

async function audited(t: TestContext, images: Parameters<typeof writeLayout>[1], options: AuditOptions = {}) {
  const layout = path.join(scratch(t), 'images');
  writeLayout(layout, images);
  return async (tag: string, own: AuditOptions = options): Promise<AuditResult> =>
    await audit([`oci:${layout}:${tag}`], own);
}

void suite('a baseline', () => {
  void test('silences what it knows, and survives being written and read', async (t) => {
    const look = await audited(t, { v1: imageOf([linked('b', 'c')]) });
    const first = await look('v1');
    assert.ok(first.findings.length > 3);
    const baseline = parseBaseline(JSON.stringify(baselineOf(first.findings)));
    const { findings, known, counts } = await look('v1', { baseline });
    assert.deepEqual(findings, []);
    assert.deepEqual(counts, { error: 0, warning: 0, note: 0 });
    assert.equal(
      known,
      first.findings.reduce((sum, { paths }) => sum + paths.length, 0),
    );
  });

  void test('leaves paths that it does not know, of rules that it knows', async (t) => {
    const layout = path.join(scratch(t), 'images');
    writeLayout(layout, { v1: imageOf([linked('b')]) });
    const baseline = baselineOf((await audit([`oci:${layout}:v1`])).findings);
    const later = path.join(scratch(t), 'later');
    writeLayout(later, { v1: imageOf([layerOf([file('new')]), linked('b', 'c')]) });
    const moved = { ...baseline, findings: baseline.findings.map((one) => ({ ...one, image: `oci:${later}:v1` })) };
    const { findings } = await audit([`oci:${later}:v1`], { baseline: moved });
    const [absolute] = findings.filter(({ rule }) => rule === 'P01');
    assert.deepEqual([absolute?.layer, absolute?.paths], [2, ['c']]);
    assert.match(absolute?.message ?? '', /^1 hard link has an absolute target: c -> a$/);
  });

  void test('is refused where it is none', () => {
    for (const text of ['', '{}', '[]', '{"version":2,"findings":[]}', '{"version":1,"findings":[{"rule":"P01"}]}']) {
      assert.throws(
        () => parseBaseline(text),
        (error) => isHoldfastError(error, 'USAGE'),
      );
    }
  });
});

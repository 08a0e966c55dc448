/** Whatever Docker and podman are known to show otherwise than the specification says, an audit for them tells. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { suite, test } from 'node:test';
import { audit } from '../../src/audit/index.ts';
import { imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { runtimeDifferences } from '../differential/runtime-differences.ts';
import { scratch } from '../inspect/example.ts';

void suite('an audit', () => {
  for (const difference of runtimeDifferences) {
    for (const [target, shown] of [
      ['docker', difference.Docker],
      ['podman', difference['containers/storage']],
    ] as const) {
      const differs = typeof shown === 'string' || shown.length > 0;
      void test(`for ${target} ${differs ? 'warns' : 'does not warn'} of this: ${difference.title}`, async (t) => {
        const directory = path.join(scratch(t), 'images');
        writeLayout(directory, { odd: imageOf(difference.layers.map((entries) => layerOf(entries))) });
        const { findings, counts } = await audit([`oci:${directory}:odd`], { targets: [target] });
        const own = findings.filter(({ rule }) => rule.startsWith('P'));
        if (differs) assert.ok(counts.error + counts.warning > 0, 'nothing is found');
        // A capability that a link does not say again is lost in one of them only.
        else
          assert.deepEqual(
            own.filter(({ rule }) => rule !== 'P32'),
            [],
          );
      });
    }
  }
});

/** What audit finds of a rule that fix repairs is gone once it is repaired. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { auditImage, rules } from '../../src/audit/index.ts';
import { isHoldfastError } from '../../src/base/index.ts';
import { fixImage, fixRules } from '../../src/fix/index.ts';
import { openImage } from '../../src/image/index.ts';
import { imageOf, layerOf, writeLayout } from '../../src/testing/index.ts';
import { anyStack } from '../tree/any-stack.ts';
import { shownStack } from '../tree/stack-outcome.ts';

const runs = 30 * Number(process.env['HOLDFAST_FUZZ'] ?? 1);
const repaired = fixRules.filter(({ isAskedFor }) => isAskedFor !== true).map(({ id }) => id);

void describe('audit after fix', () => {
  void it('knows every rule that fix repairs by the same id', () => {
    const known = new Set(rules.map(({ id }) => id));
    assert.deepEqual(
      fixRules.map(({ id }) => id).filter((id) => !known.has(id)),
      [],
    );
  });

  void it('finds nothing of the rules that fix repairs, whatever the layers are', async () => {
    const found = new Set<string>();
    await fc.assert(
      fc.asyncProperty(anyStack({ privileged: true }), async (layers) => {
        const directory = fs.mkdtempSync(join(tmpdir(), 'holdfast-fix-'));
        const layout = `oci:${directory}`;
        try {
          writeLayout(directory, { v1: imageOf(layers.map((layer) => layerOf(layer, { compression: 'none' }))) });
          const fixed = await fixImage(`${layout}:v1`, `${layout}:fixed`, { accept: true }).catch(codeOf);
          if (typeof fixed === 'string') return;
          for (const rule of await findings(`${layout}:v1`)) found.add(rule);
          assert.deepEqual(await findings(`${layout}:fixed`), [], shownStack(layers));
        } finally {
          fs.rmSync(directory, { recursive: true, force: true });
        }
      }),
      { numRuns: runs },
    );
    assert.ok(found.size > repaired.length / 2, [...found].join(', '));
  });
});

/** The ids of what audit finds of what fix repairs. */
async function findings(reference: string): Promise<readonly string[]> {
  await using image = await openImage(reference);
  const audit = await auditImage(image);
  return audit.findings.filter(({ rule }) => repaired.includes(rule)).map(({ rule }) => rule);
}

function codeOf(error: unknown): string {
  if (isHoldfastError(error)) return error.code;
  throw error;
}

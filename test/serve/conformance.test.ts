/** The areas of the OCI distribution conformance suite: pull, push, content discovery, content management. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client } from './client.ts';
import type { Case } from './conformance-case.ts';
import { conformanceCases } from './conformance-cases.ts';
import { registries, type RegistryUnderTest, type StartedRegistry } from './registries.ts';

for (const registry of registries) {
  void describe(`conformance of ${registry.name}`, { skip: registry.missing }, () => {
    let started: StartedRegistry;
    before(async () => {
      started = await registry.start();
    });
    after(() => started[Symbol.asyncDispose]());
    for (const [at, one] of conformanceCases.entries()) {
      const gap = gapOf(registry, one);
      void it(gap === undefined ? one.name : `${one.name} (known gap: ${gap})`, async () => {
        const client = new Client(started.url, `conformance/c${at}/one`);
        const other = new Client(started.url, `conformance/c${at}/two`);
        const running = one.run({ client, other });
        // A gap that was closed has to leave the table.
        await (gap === undefined ? running : assert.rejects(running));
      });
    }
  });
}

function gapOf({ gaps }: RegistryUnderTest, { name }: Case): string | undefined {
  return gaps.find(([pattern]) => pattern.test(name))?.[1];
}

import { after, before, suite, test } from 'node:test';
import type { HostileInput } from './hostile-row.ts';
import { makeOutside, removeWorld } from './outside.ts';
import { hostileRows } from './rows.ts';
import { checkExport, checkUnpack } from './run-input.ts';

const isRoot = process.getuid?.() === 0;

before(makeOutside);
after(removeWorld);

for (const row of hostileRows) {
  void suite(`${row.id}: ${row.title}`, () => {
    for (const input of row.inputs) {
      void test(`unpack, ${outcomeOf(input.onDisk ?? input.expect)}: ${input.title}`, skipping(input), () =>
        checkUnpack(input),
      );
      void test(`export, ${outcomeOf(input.expect)}: ${input.title}`, () => checkExport(input));
    }
  });
}

function outcomeOf(outcome: HostileInput['expect']): string {
  return 'error' in outcome ? `refused with ${outcome.error}` : 'right';
}

/** Files of the image belong to root, so that only root can unpack it without loss. */
function skipping(input: HostileInput): { skip?: string } {
  const isRefusedFirst = 'error' in input.expect;
  return isRoot || isRefusedFirst ? {} : { skip: 'only root can own the files of the image' };
}

/**
 * Unpacks every input of the table that reaches the file system, in a process that may lack privileges or native calls;
 * prints what went wrong, a line each, and nothing when all is well.
 */
import fs from 'node:fs';
import { join } from 'node:path';
import { defaultLimits, HoldfastError } from '../../src/base/index.ts';
import { openImage } from '../../src/image/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import type { HostileInput } from './hostile-row.ts';
import { writeInput } from './open-input.ts';
import { indexCache, makeOutside, removeAll, removeWorld, stateOfOutside, targetParent } from './outside.ts';
import { hostileRows } from './rows.ts';

const target = join(targetParent, 'target');

makeOutside();
try {
  const before = stateOfOutside().join('\n');
  for (const { id, inputs } of hostileRows) {
    for (const input of inputs) {
      // What is refused as an archive or a document never gets as far as the file system.
      if (('error' in input.expect && /^[E-H]/.test(id)) || 'registry' in input.build()) continue;
      for (const problem of await problemsOf(input)) console.log(`${id}, ${input.title}: ${problem}`);
      if (stateOfOutside().join('\n') !== before) console.log(`${id}, ${input.title}: the canary has changed`);
    }
  }
} finally {
  removeWorld();
}

async function problemsOf(input: HostileInput): Promise<string[]> {
  removeAll(indexCache);
  const reference = writeInput(input);
  const problems: string[] = [];
  const exactly = await outcomeOf(reference, input, false);
  const expected = 'error' in input.expect ? input.expect.error : 'HOST_LOSS';
  // Everything belongs to root, so that only root may lose nothing.
  const mayBeExact = process.getuid?.() === 0 && expected === 'HOST_LOSS' && exactly === 'done';
  if (exactly !== expected && !mayBeExact) problems.push(`${exactly} instead of ${expected}`);
  const left = fs.readdirSync(targetParent).filter((name) => name !== 'outside');
  if (exactly !== 'done' && left.length > 0) problems.push(`${left.join(', ')} left behind`);
  clean();
  const lossy = await outcomeOf(reference, input, true);
  const wanted = 'error' in input.expect ? input.expect.error : 'done';
  if (lossy !== wanted) problems.push(`${lossy} instead of ${wanted}, with losses allowed`);
  clean();
  return problems;
}

async function outcomeOf(reference: string, { limits }: HostileInput, allowLossy: boolean): Promise<string> {
  const options = { limits: { ...defaultLimits, ...limits }, allowLossy };
  try {
    await using image = await openImage(reference, options);
    await unpack(image, target, options);
    return 'done';
  } catch (error) {
    if (error instanceof HoldfastError) return error.code;
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  }
}

function clean(): void {
  for (const name of fs.readdirSync(targetParent)) if (name !== 'outside') removeAll(join(targetParent, name));
}

/** The table once more, by a process without privileges and by one without native calls (E1 among others). */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { suite, test } from 'node:test';

const isRoot = process.getuid?.() === 0;
const nobody = 65534;

void suite('every input is refused or unpacked with its losses listed, and nothing outside changes', () => {
  void test('as a user without privileges', () => {
    assert.equal(unpackAll(isRoot ? { uid: nobody, gid: nobody } : {}), '');
  });

  void test('without native calls', () => {
    assert.equal(unpackAll({ env: { ...process.env, HOLDFAST_NATIVE: '0' } }), '');
  });
});

function unpackAll(options: { uid?: number; gid?: number; env?: NodeJS.ProcessEnv }): string {
  const script = join(import.meta.dirname, 'unpack-all.ts');
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', ...options });
  return stdout + stderr;
}

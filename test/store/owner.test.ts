import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { suite, test, type TestContext } from 'node:test';
import { Directory } from '../../src/store/directory.ts';
import { takeOwnership } from '../../src/store/owner.ts';
import { temporary } from './scratch-store.ts';

function place(t: TestContext): { directory: Directory; file: string } {
  const directory = Directory.open(temporary(t));
  t.after(() => directory[Symbol.dispose]());
  return { directory, file: path.join(directory.path, 'x.owner') };
}

const deadProcess = (): number => spawnSync(process.execPath, ['--version']).pid;

/** Whether it can be taken from such an owner. */
function isTakenFrom(t: TestContext, text: string, ageInSeconds = 0): boolean {
  const { directory, file } = place(t);
  fs.writeFileSync(file, text);
  const then = Date.now() / 1000 - ageInSeconds;
  fs.utimesSync(file, then, then);
  using owner = takeOwnership(directory, 'x.owner');
  assert.deepEqual(fs.readdirSync(directory.path), ['x.owner']);
  return owner !== undefined;
}

void suite('a file that stands for a lock', () => {
  void test('is there while it is held', (t) => {
    const { directory, file } = place(t);
    const owner = takeOwnership(directory, 'x.owner');
    assert.ok(owner);
    assert.match(fs.readFileSync(file, 'utf8'), new RegExp(`^${process.pid} `));
    assert.equal(takeOwnership(directory, 'x.owner'), undefined);
    owner[Symbol.dispose]();
    assert.ok(!fs.existsSync(file));
  });

  void test('is taken from the dead only', (t) => {
    const own = fs.readFileSync('/proc/self/stat', 'latin1').split(' ')[21];
    const here = os.hostname();
    assert.equal(isTakenFrom(t, `${deadProcess()} 1 ${here} x\n`), true);
    assert.equal(isTakenFrom(t, `${process.pid} ${own} ${here} x\n`), false);
    assert.equal(isTakenFrom(t, `${process.pid} 1 ${here} x\n`), true, 'the number is another’s by now');
    assert.equal(isTakenFrom(t, `${deadProcess()} 1 other-${here} x\n`), false, 'nobody knows from here');
  });

  void test('is taken from whoever died while it wrote it', (t) => {
    assert.equal(isTakenFrom(t, ''), false);
    assert.equal(isTakenFrom(t, '12', 60), true);
  });

  void test('is not taken from whoever got it meanwhile', (t) => {
    const { directory, file } = place(t);
    const owner = takeOwnership(directory, 'x.owner');
    fs.writeFileSync(file, 'another');
    owner?.[Symbol.dispose]();
    assert.equal(fs.readFileSync(file, 'utf8'), 'another');
  });

  void test('may not be anything but a file', (t) => {
    const { directory, file } = place(t);
    fs.symlinkSync('/dev/null', file);
    assert.throws(() => takeOwnership(directory, 'x.owner'), { code: 'STORE_INVALID' });
  });
});

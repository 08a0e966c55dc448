import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { isHoldfastError } from '../../src/base/index.ts';
import { parseModeChange } from '../../src/tree/index.ts';

void suite('a mode as chmod takes it', () => {
  for (const [text, before, after, isDirectory] of [
    ['0755', 0o4644, 0o755],
    ['755', 0, 0o755],
    ['4755', 0o600, 0o4755],
    ['0', 0o7777, 0],
    ['u+x', 0o644, 0o744],
    ['+x', 0o644, 0o755],
    ['a-w', 0o666, 0o444],
    ['go-rwx', 0o4777, 0o4700],
    ['u=rwx,go=rx', 0o600, 0o755],
    ['u=rw,g=u,o=g', 0o000, 0o666],
    ['g=u', 0o640, 0o660],
    ['a+X', 0o644, 0o644],
    ['a+X', 0o744, 0o755],
    ['a+X', 0o644, 0o755, true],
    ['u+s,g+s', 0o755, 0o6755],
    ['+t', 0o777, 0o1777],
    ['u+t', 0o777, 0o777],
    ['u+r-w', 0o200, 0o400],
    ['o=', 0o777, 0o770],
    ['ug+rw', 0, 0o660],
  ] as const) {
    void test(`${text} makes ${after.toString(8)} of ${before.toString(8)}${isDirectory ? ', a directory' : ''}`, () => {
      assert.equal(parseModeChange(text)(before, isDirectory ?? false).toString(8), after.toString(8));
    });
  }

  for (const text of ['', '8', '77777', 'rw', 'u', 'u+z', 'x+r', 'u+r,', '0x1', 'u+r g+w']) {
    void test(`"${text}" is none`, () => {
      assert.throws(
        () => parseModeChange(text),
        (error) => isHoldfastError(error, 'USAGE'),
      );
    });
  }
});

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { fromJsonText } from '../../src/base/index.ts';
import { isGlob, matchComponent } from '../../src/tree/component-glob.ts';

void suite('a glob for one component', () => {
  for (const [glob, matching, other] of [
    ['*', ['a', '.a', ''], []],
    ['*.txt', ['a.txt', '.txt', 'a.b.txt'], ['a.txt2', 'txt']],
    ['a*b*c', ['abc', 'aXbYc', 'abcabc'], ['ab', 'acb', 'abcd']],
    ['?', ['a', '\u{1f600}', '\u00e9', '\udcff'], ['', 'ab']],
    ['[abc]', ['a', 'c'], ['d', '']],
    ['[a-c]x', ['ax', 'bx'], ['dx']],
    ['[!a-c]', ['d', '!'], ['a']],
    ['[^a]', ['b'], ['a']],
    ['[]]', [']'], ['[']],
    ['[!]]', ['['], [']']],
    ['[a-]', ['a', '-'], ['b']],
    ['[-a]', ['a', '-'], ['b']],
    ['[a\\-c]', ['a', '-', 'c'], ['b']],
    ['[\\]]', [']'], ['\\']],
    ['[z-a]', [], ['a', 'z', '-']],
    ['[a', ['[a'], ['a']],
    ['[', ['['], ['']],
    ['\\*', ['*'], ['a', '\\*']],
    ['a\\', ['a\\'], ['a']],
    ['(a|b){1}.$', ['(a|b){1}.$'], ['a']],
    ['**', ['abc'], []],
    ['caf\u00e9*', ['caf\u00e9s'], ['cafe']],
    ['\udcff?', ['\udcff\udcfe'], ['\udcfe\udcff']],
  ] as const) {
    void test(`${JSON.stringify(glob)} matches what it says and nothing else`, () => {
      const matches = matchComponent(fromJsonText(glob));
      for (const name of matching) assert.ok(matches(fromJsonText(name)), name);
      for (const name of other) assert.ok(!matches(fromJsonText(name)), name);
    });
  }

  void test('takes no longer for names that nearly match', () => {
    const matches = matchComponent(fromJsonText(`${'*a'.repeat(100)}b`));
    assert.ok(!matches(fromJsonText('a'.repeat(255))));
  });

  void test('is told from a plain name', () => {
    assert.deepEqual(
      ['a', 'a*', '?', '[x]', '\\*', 'a\\b'].map((name) => isGlob(fromJsonText(name))),
      [false, true, true, true, true, false],
    );
  });
});

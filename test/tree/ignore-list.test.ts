import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type ByteString, fromText } from '../../src/base/index.ts';
import { ignoreList } from '../../src/tree/index.ts';

interface Row {
  readonly entry: string;
  readonly ignored: readonly string[];
  readonly kept: readonly string[];
}

const rows: readonly Row[] = [
  { entry: 'run', ignored: ['run', 'run/lock', 'run/a/b'], kept: ['', 'running', 'var/run', 'ru', 'run.d/x'] },
  { entry: '/var/run/', ignored: ['var/run', 'var/run/x'], kept: ['var', 'run', 'var/running'] },
  { entry: './a//./b', ignored: ['a/b', 'a/b/c'], kept: ['a', 'b'] },
  { entry: '/', ignored: ['', 'a', 'a/b'], kept: [] },
  { entry: '', ignored: [], kept: ['', 'a'] },
  { entry: '/dev/*', ignored: ['dev/null', 'dev/pts/0'], kept: ['dev', 'devs', 'x/dev/null'] },
  { entry: '*', ignored: ['a', '.a', 'a/b', 'a\nb'], kept: [''] },
  { entry: '*.log', ignored: ['a.log', '.log', 'a.log/x'], kept: ['a/b.log', 'a.logs'] },
  { entry: '**/*.log', ignored: ['a.log', 'a/b.log', 'a/.b/c.log', 'a\n/b.log'], kept: ['a.logs'] },
  { entry: 'a/**/z', ignored: ['a/z', 'a/b/z', 'a/b/c/z/x'], kept: ['a', 'z', 'b/z'] },
  { entry: '?', ignored: ['a', 'a/b', 'ä'], kept: ['ab', ''] },
  { entry: 'lib[0-9]', ignored: ['lib6', 'lib6/x'], kept: ['lib', 'libx', 'lib64'] },
  { entry: 'lib[!0-9]', ignored: ['libx'], kept: ['lib6'] },
  { entry: '{a,b/c}/d', ignored: ['a/d', 'b/c/d/e'], kept: ['a', 'b/d'] },
  { entry: '\\*', ignored: ['*', '*/x'], kept: ['a'] },
  { entry: 'c++', ignored: ['c++', 'c++/x'], kept: ['c', 'ccc'] },
  { entry: 'c++*', ignored: ['c++', 'c++11'], kept: ['ccc'] },
  { entry: '+(a)*', ignored: ['+(a)', '+(a)b'], kept: ['a', 'aa'] },
  { entry: 'a|b*', ignored: ['a|b', 'a|bc'], kept: ['a', 'b'] },
  { entry: '!a*', ignored: ['!a', '!ab'], kept: ['b', 'a'] },
  { entry: '"a"*', ignored: ['"a"', '"a"b'], kept: ['a'] },
  { entry: '[ab', ignored: ['[ab'], kept: ['a'] },
  { entry: 'a.b', ignored: ['a.b'], kept: ['axb'] },
  { entry: 'a.b*', ignored: ['a.bc'], kept: ['axbc'] },
];

void describe('a list of what is to be ignored', () => {
  for (const { entry, ignored, kept } of rows) {
    void it(`with ${JSON.stringify(entry)}`, () => {
      const { ignores } = ignoreList([entry]);
      for (const path of ignored) assert.ok(ignores(fromText(path)), `${path} is ignored`);
      for (const path of kept) assert.ok(!ignores(fromText(path)), `${path} is kept`);
    });
  }

  void it('takes bytes that are not valid UTF-8 in paths and in globs', () => {
    assert.ok(ignoreList(['a\udcff']).ignores('a\xff/b' as ByteString));
    assert.ok(ignoreList(['\udcff*']).ignores('\xffab' as ByteString));
    assert.ok(!ignoreList(['a\udcff']).ignores('a\xfe' as ByteString));
  });

  void it('judges the names of a directory as it judges their paths', () => {
    const list = ignoreList(['a/b', 'c', '*/x']);
    for (const [directory, name] of Object.entries({ a: 'b', '': 'c', d: 'x', e: 'y' })) {
      const path = fromText(directory === '' ? name : `${directory}/${name}`);
      const judge = list.namesIn(fromText(directory));
      assert.equal(judge?.(fromText(name)), list.ignores(path), path);
    }
    assert.equal(ignoreList(['a/b']).namesIn(fromText('b')), undefined);
  });
});

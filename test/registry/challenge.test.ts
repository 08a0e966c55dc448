import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { type Challenge, parseChallenges } from '../../src/registry/challenge.ts';

type Plain = readonly [scheme: string, parameters: Readonly<Record<string, string>>];

function plain(challenges: readonly Challenge[]): readonly Plain[] {
  return challenges.map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)]);
}

const cases: readonly (readonly [title: string, lines: readonly string[], challenges: readonly Plain[]])[] = [
  ['nothing', [], []],
  ['an empty line', [''], []],
  ['a scheme alone', ['Negotiate'], [['negotiate', {}]]],
  [
    'what registries send',
    ['Bearer realm="https://auth.example/token",service="registry.example",scope="repository:a/b:pull,push"'],
    [
      [
        'bearer',
        { realm: 'https://auth.example/token', service: 'registry.example', scope: 'repository:a/b:pull,push' },
      ],
    ],
  ],
  ['any case', ['BEARER Realm="x", SERVICE="Y"'], [['bearer', { realm: 'x', service: 'Y' }]]],
  ['escapes', ['Basic realm="a \\"b\\" \\\\ c"'], [['basic', { realm: 'a "b" \\ c' }]]],
  [
    'several in one line',
    ['Negotiate, NTLM, Basic realm="a, b", Bearer realm="c", service="d"'],
    [
      ['negotiate', {}],
      ['ntlm', {}],
      ['basic', { realm: 'a, b' }],
      ['bearer', { realm: 'c', service: 'd' }],
    ],
  ],
  [
    'several lines',
    ['Basic realm="a"', 'Bearer realm="b"'],
    [
      ['basic', { realm: 'a' }],
      ['bearer', { realm: 'b' }],
    ],
  ],
  [
    'a token68',
    ['Negotiate YWJj/+==, Basic realm="a"'],
    [
      ['negotiate', {}],
      ['basic', { realm: 'a' }],
    ],
  ],
  [
    'values without quotes',
    ['Bearer realm=https://a.example/t?x=1,service=b'],
    [['bearer', { realm: 'https://a.example/t?x=1', service: 'b' }]],
  ],
  ['spaces around the equals sign', ['Bearer realm = "a" , service= b'], [['bearer', { realm: 'a', service: 'b' }]]],
  ['spaces in place of commas', ['Bearer realm="a" service="b"'], [['bearer', { realm: 'a', service: 'b' }]]],
  ['empty list elements', [', ,Bearer ,, realm="a",,'], [['bearer', { realm: 'a' }]]],
  ['a value that does not end', ['Bearer realm="a'], [['bearer', { realm: 'a' }]]],
  ['the first of two equal parameters', ['Bearer realm="a",realm="b"'], [['bearer', { realm: 'a' }]]],
  ['a parameter before any scheme', ['realm="a", Bearer realm="b"'], [['bearer', { realm: 'b' }]]],
  ['garbage between', ['"x" @@ Bearer realm="a"'], [['bearer', { realm: 'a' }]]],
  [
    'names of the prototype',
    ['Bearer __proto__="a", constructor="b"'],
    [['bearer', JSON.parse('{"__proto__":"a","constructor":"b"}') as Record<string, string>]],
  ],
];

for (const [title, lines, expected] of cases) {
  void test(`reads ${title}`, () => assert.deepEqual(plain(parseChallenges(lines)), expected));
}

function oneOf(characters: string): fc.Arbitrary<string> {
  return fc.constantFrom(...characters.split(''));
}

const token = fc.string({ unit: oneOf("abcXYZ019!#$%&'*+-.^_`|~"), minLength: 1, maxLength: 8 });
const value = fc.string({ unit: oneOf('ab ,="\\;/:?\t'), maxLength: 20 });
const parameters = fc.uniqueArray(fc.tuple(token, value), {
  selector: ([name]) => name.toLowerCase(),
  minLength: 1,
  maxLength: 4,
});
const challenge = fc.tuple(token, parameters);

function format([scheme, values]: readonly [string, readonly (readonly [string, string])[]]): string {
  const quote = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;
  return `${scheme} ${values.map(([name, text]) => `${name}=${quote(text)}`).join(', ')}`;
}

void test('reads whatever was written by the rules, in lines of any number of challenges', () => {
  fc.assert(
    fc.property(fc.array(fc.array(challenge, { minLength: 1, maxLength: 3 }), { maxLength: 3 }), (lines) => {
      const read = parseChallenges(lines.map((line) => line.map(format).join(', ')));
      const expected = lines
        .flat()
        .map(([scheme, values]) => [
          scheme.toLowerCase(),
          new Map(values.map(([name, text]) => [name.toLowerCase(), text])),
        ]);
      assert.deepEqual(
        read.map(({ scheme, parameters }) => [scheme, parameters]),
        expected,
      );
    }),
  );
});

void test('reads any text at all, in time that grows with its length', () => {
  const unit = oneOf(' ,="\\\tab@Bearer~\u0000é');
  fc.assert(fc.property(fc.array(fc.string({ unit })), (lines) => void parseChallenges(lines)));
  const begin = performance.now();
  for (const piece of ['"', '\\', 'a=', ', ', 'a b', 'Bearer ', '="', ' \t'])
    parseChallenges([piece.repeat(1_000_000)]);
  assert.ok(performance.now() - begin < 1000);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeIndex, encodeIndex } from '../../src/layer/index.ts';
import { directory, file, hardlink, symlink, tarOf } from '../../src/testing/index.ts';
import { indexLayer } from '../cases/apply-in-memory.ts';
import { indexAround } from './indexes.ts';

const entries = [
  directory('/usr/'),
  file('./usr/a', 'a'),
  hardlink('usr/b', 'usr/a'),
  hardlink('usr/c', '/usr/a'),
  hardlink('/usr/d', '/usr/a'),
  hardlink('usr/e', './usr/a'),
  symlink('usr/f', '/usr/a'),
];

void test('an index keeps which names and which targets of hard links were absolute, and a file of it too', () => {
  const { table } = indexLayer(tarOf(entries));
  const read = decodeIndex(Buffer.concat(encodeIndex(indexAround(table))))?.table;
  for (const one of [table, read]) {
    assert.ok(one);
    const rows = entries.map((_, row) => row);
    assert.deepEqual(
      rows.filter((row) => one.hasAbsoluteTarget(row)).map((row) => one.name(row)),
      ['usr/c', 'usr/d'],
    );
    assert.deepEqual(
      rows.filter((row) => one.hasAbsoluteName(row)).map((row) => one.name(row)),
      ['usr', 'usr/d'],
    );
    assert.equal(one.linkName(3), 'usr/a');
  }
});

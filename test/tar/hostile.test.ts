import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HoldfastError } from '../../src/base/index.ts';
import { TarReader } from '../../src/tar/index.ts';
import { facts, framing, type HostileArchive, names, sparse } from './hostile-archives.ts';
import { archive, header, pax } from './raw-archive.ts';
import { readArchive } from './read-archive.ts';

for (const [title, rows] of Object.entries({ names, facts, framing, sparse })) {
  void describe(`hostile ${title}`, () => {
    for (const row of rows) void test(titleOf(row), () => check(row));
  });
}

function titleOf({ id, title, expected }: HostileArchive): string {
  return `${id}: ${typeof expected === 'string' ? `refuses ${title} with ${expected}` : `reads ${title}`}`;
}

function check({ bytes, options = {}, expected }: HostileArchive): void {
  const input = bytes();
  for (const chunks of [[input.length], [512], [1, 100, 511]]) {
    const { files, error } = readArchive(input, { chunks, options });
    if (typeof expected === 'string') {
      assert.equal(error?.code, expected);
      continue;
    }
    assert.equal(error, undefined);
    assert.deepEqual(Object.fromEntries(files.map(({ entry }) => [entry.name, entry.notes])), expected);
    assert.equal(files.length, Object.keys(expected).length);
  }
}

void describe('errors', () => {
  const refuse = (bytes: Buffer): HoldfastError => {
    const { error } = readArchive(bytes);
    assert.ok(error);
    return error;
  };

  void test('names the exact size, the limit and the flag', () => {
    const error = refuse(archive(pax(['size', '9007199254740993']), header({ name: 'big' })));
    assert.match(error.message, /"big": more than 1099511627776 bytes .*9007199254740993/);
    assert.match(error.hint ?? '', /--max-size/);
  });

  void test('names the flags of the other limits', () => {
    assert.match(refuse(header({ typeflag: 'x', size: 2 ** 30 })).hint ?? '', /--max-header/);
    const { error } = readArchive(archive(pax(['SCHILY.xattr.user.a', 'value']), header()), {
      options: { maxXattrBytes: 5 },
    });
    assert.match(error?.hint ?? '', /--max-xattrs/);
  });

  void test('says where the archive ends', () => {
    const bytes = Buffer.concat([header(), header({ size: 10 }), Buffer.alloc(5)]);
    assert.deepEqual(refuse(bytes).data, { offset: 1024, inside: 'body' });
  });

  void test('stays refused: every later call throws the same error', () => {
    const reader = new TarReader();
    reader.push(Buffer.alloc(512, 1));
    const caught = [1, 2].map(() => {
      try {
        return reader.next();
      } catch (error) {
        return error;
      }
    });
    assert.ok(caught[0] instanceof HoldfastError);
    assert.equal(caught[0], caught[1]);
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { encodeTarEntry, endOfArchive, tarPadding, type TarEntry } from '../../src/tar/index.ts';
import { anyEntry, storedBytes } from './any-entry.ts';
import { readArchive, type ReadFile } from './read-archive.ts';

function write(entries: readonly TarEntry[]): Buffer {
  const parts = entries.flatMap((entry, index) => {
    const stored = storedBytes(entry, index);
    return [encodeTarEntry(entry), stored, Buffer.alloc(tarPadding(stored.length))];
  });
  return Buffer.concat([...parts, endOfArchive]);
}

/** The entry without what only a reader knows. */
function written({ entry }: ReadFile): TarEntry {
  const { headerOffset: _h, dataOffset: _d, storedSize: _s, notes: _n, ...facts } = entry;
  return facts;
}

const someEntries = fc.array(anyEntry, { maxLength: 5 });
const anyChunks = fc.array(fc.oneof(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 3000 })), {
  minLength: 1,
  maxLength: 8,
});

void describe('reader and writer', () => {
  void test('reads back every entry exactly as it was given to the writer', () => {
    fc.assert(
      fc.property(someEntries, (entries) => {
        const { files, notes, error } = readArchive(write(entries));
        assert.equal(error, undefined);
        assert.deepEqual(notes, []);
        assert.deepEqual(files.map(written), entries);
        for (const [index, file] of files.entries()) {
          const stored = Buffer.concat(file.data.map(({ bytes }) => bytes));
          assert.deepEqual(stored, storedBytes(file.entry, index));
          const runs = file.data.map(({ position, bytes }) => ({ offset: position, size: bytes.length }));
          assert.deepEqual(
            runs,
            file.entry.sparse ?? (file.entry.size > 0 ? [{ offset: 0, size: file.entry.size }] : []),
          );
        }
      }),
      { numRuns: 400 },
    );
  });

  void test('reads the same whatever the chunks', () => {
    fc.assert(
      fc.property(someEntries, anyChunks, (entries, chunks) => {
        const bytes = write(entries);
        assert.deepEqual(readArchive(bytes, { chunks }), readArchive(bytes));
      }),
      { numRuns: 200 },
    );
  });

  void test('says where the headers and the data of each entry stand', () => {
    fc.assert(
      fc.property(someEntries, (entries) => {
        const bytes = write(entries);
        let at = 0;
        for (const { entry, data } of readArchive(bytes).files) {
          assert.equal(entry.headerOffset, at);
          const stored = bytes.subarray(entry.dataOffset, entry.dataOffset + entry.storedSize);
          assert.deepEqual(stored, Buffer.concat(data.map((part) => part.bytes)));
          at = entry.dataOffset + entry.storedSize + tarPadding(entry.storedSize);
        }
        assert.equal(at, bytes.length - 1024);
      }),
      { numRuns: 100 },
    );
  });

  void test('writes the same bytes for the same entry, and whole blocks', () => {
    fc.assert(
      fc.property(anyEntry, (entry) => {
        const copy = { ...entry, xattrs: entry.xattrs && new Map([...entry.xattrs].toReversed()) };
        const bytes = encodeTarEntry(entry);
        assert.deepEqual(encodeTarEntry(copy), bytes);
        assert.equal(bytes.length % 512, 0);
      }),
      { numRuns: 200 },
    );
  });
});

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { facts, framing, names, sparse } from './hostile-archives.ts';
import { archive, gnuLong, header, magics, member, oldGnuSparse, padded, pax, withChecksum } from './raw-archive.ts';
import { readArchive } from './read-archive.ts';

/** Archives with every structure, to be damaged. */
const seeds: readonly Buffer[] = [
  archive(
    pax(['path', 'long'.repeat(40)], ['mtime', '-1.5'], ['SCHILY.xattr.user.a', 'v'], ['uid', '70000']),
    member({ name: 'x' }, 'hello'),
    gnuLong('L', 'name'.repeat(30)),
    gnuLong('K', 'link'.repeat(30)),
    header({ typeflag: '2', magic: magics.gnu, linkName: 'x' }),
    header({ typeflag: '5', name: 'd/' }),
    member({ magic: magics.v7, name: 'old' }, 'x'.repeat(600)),
  ),
  archive(
    pax(['GNU.sparse.major', '1'], ['GNU.sparse.minor', '0'], ['GNU.sparse.name', 's'], ['GNU.sparse.realsize', '900']),
    member({ name: 's' }, Buffer.concat([padded(Buffer.from('2\n10\n512\n880\n5\n')), Buffer.alloc(517, 'x')])),
    pax(['GNU.sparse.size', '90'], ['GNU.sparse.numblocks', '1'], ['GNU.sparse.map', '5,5']),
    member({ name: 's' }, 'hello'),
    oldGnuSparse({ runs: Array.from({ length: 30 }, (_, n) => [n * 900, 512] as const), realSize: 30_000 }),
    Buffer.alloc(30 * 512, 1),
    pax(['SCHILY.acl.access', 'user::rw-,group::r--,other::---'], ['LIBARCHIVE.xattr.user.a', 'eA']),
    header({ typeflag: '3', major: '0000001\0', minor: '0000003\0' }),
  ),
  ...[...names, ...facts, ...framing, ...sparse].map((row) => row.bytes()).filter((bytes) => bytes.length < 8192),
];

const bytesThatMatter = fc.oneof(
  fc.constantFrom(0, 0x20, 0x2d, 0x2f, 0x30, 0x31, 0x37, 0x38, 0x3d, 0x4b, 0x4c, 0x53, 0x67, 0x78, 0x80, 0xff, 0x0a),
  fc.nat(255),
);
const damage = fc.record({ at: fc.nat(), byte: bytesThatMatter, nearby: fc.boolean() });

/** Lays bytes over the archive and makes the checksums right again, so that the damage is looked at. */
function damaged(seed: Buffer, changes: readonly { at: number; byte: number; nearby: boolean }[]): Buffer {
  const bytes = Buffer.from(seed);
  for (const { at, byte, nearby } of changes) {
    // Half of the changes hit the busy part of a header.
    const block = Math.floor(at / 512) % Math.max(1, Math.floor(bytes.length / 512));
    const where = nearby ? block * 512 + 100 + (at % 60) : at % bytes.length;
    bytes[where] = byte;
  }
  for (let at = 0; at + 512 <= bytes.length; at += 512) {
    const block = bytes.subarray(at, at + 512);
    if (block.subarray(0, 100).some((byte) => byte !== 0) && /^[0-7]{6}\0 $/.test(block.toString('latin1', 148, 156))) {
      withChecksum(block);
    }
  }
  return bytes;
}

/** Reads without crash; what is given adds up. */
function survives(bytes: Buffer, chunks: readonly number[]): void {
  const { files, error } = readArchive(bytes, { chunks });
  assert.ok(files.length * 512 <= bytes.length);
  for (const [index, { entry, data }] of files.entries()) {
    const given = data.reduce((sum, part) => sum + part.bytes.length, 0);
    if (error === undefined || index < files.length - 1) assert.equal(given, entry.storedSize);
    assert.ok(entry.dataOffset + given <= bytes.length);
    for (const part of data) assert.ok(part.position + part.bytes.length <= entry.size);
  }
}

void describe('damaged archives', () => {
  void test('gives events or one coded error for random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 1000 }), (bytes, chunk) => {
        survives(Buffer.from(bytes), [chunk]);
      }),
      { numRuns: 300 },
    );
  });

  void test('gives events or one coded error for random headers with a right checksum', () => {
    const field = fc.tuple(fc.nat(511), fc.uint8Array({ minLength: 1, maxLength: 12 }));
    const block = fc.tuple(fc.constantFrom(...'\x000123567xgLKS'.split('')), fc.array(field, { maxLength: 6 }));
    fc.assert(
      fc.property(fc.array(block, { maxLength: 6 }), (blocks) => {
        const parts = blocks.map(([typeflag, patches]) => {
          const fitting = patches.map(([at, bytes]) => [at, bytes.slice(0, 512 - at)] as const);
          return member({ typeflag, magic: magics.gnu, patches: fitting }, '12 path=abc\n');
        });
        survives(archive(...parts), [700]);
      }),
      { numRuns: 500 },
    );
  });

  void test('gives events or one coded error for damaged archives, the same whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...seeds),
        fc.array(damage, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 2000 }),
        (seed, changes, chunk) => {
          const bytes = damaged(seed, changes);
          survives(bytes, [chunk]);
          assert.deepEqual(readArchive(bytes, { chunks: [chunk] }), readArchive(bytes));
        },
      ),
      { numRuns: 3000 },
    );
  });

  void test('gives events or one coded error for archives cut anywhere', () => {
    for (const seed of seeds.slice(0, 2)) {
      for (let length = 0; length <= seed.length; length += 13) survives(seed.subarray(0, length), [512]);
    }
  });
});

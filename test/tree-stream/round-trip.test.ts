/** What is written of a tree is the tree that is read, however it is cut. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type ByteString, defaultLimits, isHoldfastError } from '../../src/base/index.ts';
import { layerOf } from '../../src/testing/index.ts';
import { applyLayers, type Tree, type Xattrs } from '../../src/tree/index.ts';
import {
  decodeLine,
  encodeRecord,
  LineSplitter,
  type TreeRecord,
  TreeAssembler,
  treeRecords,
} from '../../src/tree-stream/index.ts';
import { indexLayer, listingWith } from '../cases/apply-in-memory.ts';
import { assertSameTree } from '../cases/index.ts';
import { anyStack } from '../tree/any-stack.ts';

void describe('a tree stream', () => {
  void it('gives the tree that it was made of', () => {
    fc.assert(
      fc.property(anyStack({ privileged: true }), (stack) => {
        const tree = treeOf(stack);
        if (tree === undefined) return;
        const read = readBack(Array.from(treeRecords(tree), encodeRecord).join(''), [7]);
        assertSameTree(
          listingWith(read, () => []),
          listingWith(tree, () => []),
        );
      }),
      { numRuns: 300 },
    );
  });

  void it('keeps every byte of every fact, in whatever pieces it arrives', () => {
    fc.assert(
      fc.property(
        anyRecord,
        fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 }),
        (record, cuts) => {
          const lines = linesOf(encodeRecord(record), cuts);
          assert.equal(lines.length, 1);
          const line = decodeLine(lines[0] ?? '');
          assert.deepEqual(line, { kind: 'record', record });
        },
      ),
      { numRuns: 300 },
    );
  });
});

const anyName = fc
  .string({
    unit: fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code)),
    minLength: 1,
    maxLength: 20,
  })
  .filter((name) => !name.includes('/') && name !== '.' && name !== '..') as fc.Arbitrary<ByteString>;
const anyPath = fc
  .array(anyName, { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/')) as fc.Arbitrary<ByteString>;
/** As object literals are. */
const plain = { noNullPrototype: true } as const;
const anyTime = fc.record(
  {
    seconds: fc.integer({ min: -(2 ** 40), max: 2 ** 40 }),
    nanoseconds: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 })),
  },
  plain,
);
const anyXattrs = fc
  .array(fc.tuple(anyName, fc.uint8Array({ maxLength: 40 })), { minLength: 1, maxLength: 3 })
  .map((pairs): Xattrs => new Map(pairs.map(([name, value]) => [`user.${name}` as ByteString, Buffer.from(value)])));
const anyInode = fc
  .record(
    {
      kind: fc.constantFrom('file', 'directory', 'symlink', 'char', 'block', 'fifo'),
      mode: fc.integer({ min: 0, max: 0o7777 }),
      uid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      gid: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
      mtime: anyTime,
      size: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
      linkText: anyPath,
      xattrs: fc.option(anyXattrs, { nil: undefined }),
      device: fc.tuple(fc.integer({ min: 0, max: 4095 }), fc.integer({ min: 0, max: 2 ** 20 - 1 })),
      link: fc.option(fc.constantFrom('1', 'abc-_9'), { nil: undefined }),
    },
    plain,
  )
  .map((inode) => ({
    ...inode,
    size: inode.kind === 'file' ? inode.size : 0,
    linkText: inode.kind === 'symlink' ? inode.linkText : ('' as ByteString),
    device: inode.kind === 'char' || inode.kind === 'block' ? inode.device : ([0, 0] satisfies [number, number]),
    link: inode.kind === 'directory' ? undefined : inode.link,
  }));
const anyRecord: fc.Arbitrary<TreeRecord> = fc.record(
  {
    path: anyPath,
    inode: anyInode,
    problems: fc.constantFrom(
      [],
      [{ kind: 'mount', isCrossed: false } as const],
      [{ kind: 'unreadable', what: 'xattrs', errno: 'EACCES' } as const, { kind: 'vanished' } as const],
    ),
  },
  plain,
);

function treeOf(stack: Parameters<typeof layerOf>[0][]): Tree | undefined {
  try {
    return applyLayers(stack.map((entries) => indexLayer(Buffer.from(layerOf(entries).tar)).table));
  } catch (error) {
    if (isHoldfastError(error)) return undefined;
    throw error;
  }
}

function readBack(text: string, cuts: readonly number[]): Tree {
  const assembler = new TreeAssembler(defaultLimits);
  for (const one of linesOf(text, cuts)) {
    const line = decodeLine(one);
    assert.equal(line.kind, 'record');
    if (line.kind === 'record') assembler.add(line.record);
  }
  return assembler.finish().tree;
}

/** Cut at these lengths in turn. */
function linesOf(text: string, cuts: readonly number[]): string[] {
  const splitter = new LineSplitter(1024 * 1024);
  const bytes = Buffer.from(text);
  const lines: string[] = [];
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const length = cuts[turn % cuts.length] ?? 1;
    lines.push(...splitter.push(bytes.subarray(at, at + length)));
    at += length;
  }
  assert.equal(splitter.isWithinLine, false);
  return lines;
}

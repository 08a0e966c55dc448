/** Arbitrary entries in their canonical form: what a reader gives and a writer takes. */
import * as fc from 'fast-check';
import type { ByteString, SparseExtent } from '../../src/base/index.ts';
import type { TarEntry, TarEntryKind } from '../../src/tar/index.ts';

const anyByte = fc.integer({ min: 1, max: 255 }).map((code) => String.fromCharCode(code));
const nameCharacter = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', '.', '/', '\xc3\xa4', ' ') },
  { weight: 1, arbitrary: anyByte },
);

/** Names around the lengths at which the encoding changes. */
const anyName: fc.Arbitrary<ByteString> = fc
  .tuple(fc.string({ unit: nameCharacter, minLength: 1, maxLength: 40 }), fc.constantFrom(1, 1, 1, 3, 7, 20))
  .map(([part, times]) => part.repeat(times).slice(0, 400) as ByteString);

const anyId = fc.oneof(
  fc.constantFrom(0, 1000, 0o7777777, 0o10000000, 65534, 4294967294),
  fc.integer({ min: 0, max: 4294967294 }),
);

const anyTime = fc
  .record({
    seconds: fc.oneof(
      fc.integer({ min: 0, max: 2 ** 31 }),
      fc.constantFrom(0, -1, 0o77777777777, 0o100000000000, -(2 ** 40)),
      fc.integer({ min: -(2 ** 52), max: 2 ** 52 }),
    ),
    nanoseconds: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 999_999_999 }), fc.constantFrom(1, 500_000_000)),
  })
  .map(({ seconds, nanoseconds }) => ({ seconds, nanoseconds }));

const anyXattrName = fc
  .tuple(
    fc.constantFrom('user', 'security', 'trusted', 'system'),
    fc.string({
      unit: fc.oneof(fc.constantFrom('a', '=', '%', '3', 'D', '2', '5', '.'), anyByte),
      minLength: 1,
      maxLength: 30,
    }),
  )
  .map(([namespace, rest]) => `${namespace}.${rest}` as ByteString);

const anyXattrs = fc.option(
  fc
    .uniqueArray(fc.tuple(anyXattrName, fc.uint8Array({ maxLength: 60 })), {
      selector: ([name]) => name,
      minLength: 1,
      maxLength: 4,
    })
    .map((pairs) => new Map(pairs.map(([name, value]) => [name, new Uint8Array(value)]))),
  { nil: undefined, freq: 2 },
);

/** Gaps and runs of whole blocks in turn, the last run cut anywhere; at least one hole is there. */
const sparseWith = (largestGap: number): fc.Arbitrary<{ size: number; sparse: readonly SparseExtent[] }> =>
  fc
    .record({
      lead: fc.nat(3000),
      runs: fc.array(fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: largestGap })), {
        maxLength: 60,
      }),
      cut: fc.nat(511),
      tail: fc.nat(1),
    })
    .map(({ lead, runs, cut, tail }) => {
      const sparse: SparseExtent[] = [];
      let end = lead;
      for (const [index, [blocks, gap]] of runs.entries()) {
        const size = blocks * 512 - (index === runs.length - 1 ? cut : 0);
        sparse.push({ offset: end, size });
        end += size + gap;
      }
      const last = runs.at(-1);
      return { size: last && tail === 0 ? end - last[1] : end, sparse };
    })
    .filter(({ size, sparse }) => size > sparse.reduce((sum, run) => sum + run.size, 0));

interface Shape {
  readonly kind: TarEntryKind;
  readonly size: number;
  readonly sparse: readonly SparseExtent[] | undefined;
  readonly linkName: ByteString;
  readonly deviceMajor: number;
  readonly deviceMinor: number;
}

const plain = { size: 0, sparse: undefined, linkName: '' as ByteString, deviceMajor: 0, deviceMinor: 0 };

const shapeWith = (largestGap: number): fc.Arbitrary<Shape> =>
  fc.oneof(
    fc.nat(3000).map((size) => ({ ...plain, kind: 'file' as const, size })),
    sparseWith(largestGap).map((sparse) => ({ ...plain, kind: 'file' as const, ...sparse })),
    fc.constantFrom('directory' as const, 'fifo' as const).map((kind) => ({ ...plain, kind })),
    fc
      .tuple(fc.constantFrom('symlink' as const, 'hardlink' as const), anyName)
      .map(([kind, linkName]) => ({ ...plain, kind, linkName })),
    fc
      .tuple(fc.constantFrom('char' as const, 'block' as const), fc.nat(0xfff), fc.nat(0xfffff))
      .map(([kind, deviceMajor, deviceMinor]) => ({ ...plain, kind, deviceMajor, deviceMinor })),
  );

/** Entries whose sparse files have holes of up to so many bytes. */
export const entryWith = (largestGap: number): fc.Arbitrary<TarEntry> =>
  fc
    .record({
      name: anyName,
      mode: fc.nat(0o7777),
      uid: anyId,
      gid: anyId,
      mtime: anyTime,
      xattrs: anyXattrs,
      shape: shapeWith(largestGap),
    })
    .map(({ shape, ...entry }) => ({ ...entry, ...shape }))
    .filter((entry) => entry.kind !== 'file' || !entry.name.endsWith('/'));

export const anyEntry = entryWith(2 ** 34);

/** The bytes that are stored for an entry, as runs of a pattern. */
export function storedBytes(entry: TarEntry, seed = 0): Buffer {
  const size = entry.kind !== 'file' ? 0 : (entry.sparse?.reduce((sum, run) => sum + run.size, 0) ?? entry.size);
  return Buffer.from(Array.from({ length: size }, (_, at) => ((at * 7 + seed) % 255) + 1));
}

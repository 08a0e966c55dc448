/** Arbitrary stacks of layers over so few names that everything collides. */
import * as fc from 'fast-check';
import {
  blockDevice,
  charDevice,
  directory,
  type EntryOptions,
  type EntrySpec,
  fifo,
  file,
  hardlink,
  symlink,
} from '../../src/testing/index.ts';

export interface StackOptions {
  /** Names that are errors, reserved AUFS names and markers of odd types too. */
  readonly odd?: boolean;
  /** Devices, foreign owners, closed modes and xattrs, which only root can place and look at. */
  readonly privileged?: boolean;
  readonly maxEntries?: number;
  readonly maxLayers?: number;
}

const names = ['a', 'b', 'c'];
const anyName = fc.constantFrom(...names);
const anyPath = fc.array(anyName, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const anyText = fc
  .tuple(
    fc.constantFrom('', '', '', '/', '../', '../../'),
    fc.array(fc.constantFrom(...names, ...names, '..', '.'), { minLength: 1, maxLength: 3 }),
  )
  .map(([start, parts]) => start + parts.join('/'));
const anySpelling = fc.tuple(fc.constantFrom('', '', '', './', '/'), anyPath).map(([start, path]) => start + path);

/** An entry, and for most hard links the number of the earlier entry that it is to link to. */
interface Draft {
  readonly entry: EntrySpec;
  readonly links: number | undefined;
}

/** Layers, bottom first, as entries. */
export function anyStack(options: StackOptions = {}): fc.Arbitrary<EntrySpec[][]> {
  const { maxEntries = 8, maxLayers = 4 } = options;
  const links = fc.option(fc.nat(50), { nil: undefined, freq: 8 });
  const layer = fc.array(fc.record({ entry: anyEntry(options), links }), { maxLength: maxEntries });
  return fc.array(layer, { minLength: 1, maxLength: maxLayers }).map(completed);
}

function anyEntry(options: StackOptions): fc.Arbitrary<EntrySpec> {
  const { odd = false, privileged = false } = options;
  const attributes = anyAttributes(privileged);
  const name = odd ? fc.oneof({ weight: 15, arbitrary: anySpelling }, { weight: 1, arbitrary: oddName }) : anySpelling;
  const target = odd ? fc.oneof({ weight: 9, arbitrary: anySpelling }, { weight: 1, arbitrary: oddTarget }) : anyPath;
  const text = odd ? fc.oneof({ weight: 15, arbitrary: anyText }, { weight: 1, arbitrary: oddTarget }) : anyText;
  return fc.oneof(
    { weight: 6, arbitrary: fc.tuple(name, attributes).map(([path, own]) => file(path, 'x', own)) },
    { weight: 4, arbitrary: fc.tuple(name, attributes).map(([path, own]) => directory(`${path}/`, own)) },
    { weight: 5, arbitrary: fc.tuple(name, text, attributes).map(([path, to, own]) => symlink(path, to, own)) },
    { weight: 4, arbitrary: fc.tuple(name, target, attributes).map(([path, to, own]) => hardlink(path, to, own)) },
    { weight: 4, arbitrary: anyMarker(odd) },
    { weight: 1, arbitrary: fc.tuple(name, attributes).map(([path, own]) => fifo(path, own)) },
    { weight: 1, arbitrary: attributes.map((own) => directory('./', own)) },
    ...(privileged ? [{ weight: 1, arbitrary: anyDevice(name, attributes) }] : []),
  );
}

function anyDevice(name: fc.Arbitrary<string>, attributes: fc.Arbitrary<EntryOptions>): fc.Arbitrary<EntrySpec> {
  return fc
    .tuple(fc.constantFrom(charDevice, blockDevice), name, fc.nat(300), fc.nat(70_000), attributes)
    .map(([device, path, major, minor, own]) => device(path, major, minor, own));
}

function anyMarker(odd: boolean): fc.Arbitrary<EntrySpec> {
  const marker = fc
    .tuple(fc.array(anyName, { maxLength: 2 }), fc.constantFrom(...names, ...names, '.wh..opq'))
    .map(([parents, name]) => [...parents, `.wh.${name}`].join('/'));
  const kind = odd
    ? fc.constantFrom(
        file,
        file,
        file,
        (name: string) => directory(name),
        (name: string) => hardlink(name, '.wh.a/x'),
      )
    : fc.constant(file);
  return fc.tuple(marker, kind).map(([name, make]) => ({ ...make(name), mode: 0 }));
}

const oddName = fc.oneof(
  fc.constantFrom('.wh..wh.plnk/a', '.wh..wh.plnk/b/a', '.wh..wh.plnk', '.wh..wh.orph/a', '.wh..wh.aufs'),
  fc.constantFrom('a/.wh..wh.plnk', '.wh..wh.foo', 'b/.wh..wh.foo'),
  fc.constantFrom('.wh.a/b', 'a/.wh.b/c', '../a', 'a/../b', '.wh.', 'a/.wh..', '.wh...', 'a/.wh..wh.plnk/b', '.'),
);
const oddTarget = fc.constantFrom(
  '.wh..wh.plnk/a',
  '.wh..wh.plnk/b/a',
  '/.wh..wh.plnk',
  '.wh..wh.aufs',
  '.wh.a',
  '.wh.a/b',
  '/',
  '.',
  'n'.repeat(300),
);

const anyXattrs = fc.constantFrom({}, {}, {}, { 'security.a': '1' }, { 'security.a': '', 'security.b': 'x' });

function anyAttributes(privileged: boolean): fc.Arbitrary<EntryOptions> {
  const id = privileged ? fc.constantFrom(0, 0, 1000, 4_294_967_294) : fc.constant(0);
  return fc.record({
    mode: privileged ? fc.constantFrom(0o644, 0o755, 0o700, 0o7777, 0) : fc.constantFrom(0o755, 0o700, 0o1777),
    uid: id,
    gid: id,
    mtime: fc.record({ seconds: fc.integer({ min: -5, max: 5_000_000_000 }), nanoseconds: fc.nat(999_999_999) }),
    xattrs: privileged ? anyXattrs : fc.constant({}),
  });
}

/** Every file gets content of its own, to show which one survived; most links get a target that was there before. */
function completed(layers: readonly (readonly Draft[])[]): EntrySpec[][] {
  const targets: EntrySpec['name'][] = [];
  return layers.map((layer) =>
    layer.map(({ entry, links }) => {
      const done = withTarget(withContent(entry, targets.length), targets, links);
      if (linkable.has(entry.kind) && !entry.name.includes('.wh.')) targets.push(entry.name);
      return done;
    }),
  );
}

const linkable: ReadonlySet<EntrySpec['kind']> = new Set(['file', 'symlink', 'fifo', 'hardlink', 'char', 'block']);

function withContent(entry: EntrySpec, number: number): EntrySpec {
  if (entry.kind !== 'file' || entry.size === 0) return entry;
  const content = Buffer.from(`content ${number}`);
  return { ...entry, content, size: content.length };
}

function withTarget(entry: EntrySpec, targets: readonly EntrySpec['name'][], pick: number | undefined): EntrySpec {
  const target = targets[(pick ?? 0) % Math.max(targets.length, 1)];
  return entry.kind === 'hardlink' && pick !== undefined && target !== undefined
    ? { ...entry, linkName: target }
    : entry;
}

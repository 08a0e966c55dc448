import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import { type ErrorCode, isHoldfastError, defaultLimits } from '../../src/base/index.ts';
import { readFindListing } from '../../src/find-listing/index.ts';
import { walk } from '../../src/tree/index.ts';
import { digests, listing, read, record, root } from './listing-text.ts';

const hash = 'a'.repeat(64);
const good =
  listing(root + record('a', { kind: 'd' }) + record('a/b') + record('l', { kind: 'l', linkText: 'x' })) +
  digests([[hash, 'a/b']]);

async function refused(text: string, reason: RegExp, code: ErrorCode = 'LISTING_INVALID'): Promise<void> {
  await assert.rejects(read(text), (error) => {
    assert.ok(isHoldfastError(error, code), String(error));
    assert.match(error.message, reason);
    return true;
  });
}

const cases: readonly (readonly [name: string, text: string, reason: RegExp])[] = [
  ['nothing', '', /cut short/],
  ['a text', 'root:x:0:0\n', /does not begin as one/],
  ['something else', 'total 12\ndrwxr-xr-x\0', /does not begin as one \(record 1\)/],
  ['another version', 'holdfast-listing 2\0/\n\0', /another version/],
  ['a name twice', listing(root + record('a') + record('a')), /listed twice/],
  ['a directory twice', listing(root + record('a', { kind: 'd' }) + record('a', { kind: 'd' })), /listed twice/],
  ['a name below a file', listing(root + record('a') + record('a/b')), /listed twice, or below/],
  ['no root', listing(record('a')), /directory itself is not listed/],
  ['a root that is a file', listing(record('')), /directory itself is not listed/],
  ['two roots', listing(root + root), /listed twice/],
  ['a path that leads out', listing(root + record('../a')), /"\.\."/],
  ['an absolute path', listing(root + record('/a')), /empty name/],
  ['an empty name', listing(root + record('a//b')), /empty name/],
  ['a path that is "."', listing(root + record('a/./b')), /"\."/],
  ['an unknown kind', listing(`${root}q\0`), /a kind of file should \(record 4\)/],
  ['a mode that is none', listing(root + record('a', { mode: '999' })), /no mode/],
  ['a mode that is too long', listing(root + record('a', { mode: '100644' })), /no mode/],
  ['an owner that is none', listing(root + record('a', { uid: '-1' })), /no uid/],
  ['an owner beyond 32 bits', listing(root + record('a', { gid: '4294967296' })), /no gid/],
  ['a size that is none', listing(root + record('a', { size: '1e9' })), /no size/],
  ['a size beyond numbers', listing(root + record('a', { size: '9999999999999999' })), /no size/],
  ['a time that is none', listing(root + record('a', { mtime: 'now' })), /no time/],
  ['an inode number that is none', listing(root + record('a', { inode: '0x1' })), /no inode number/],
  ['a device that is none', listing(root + record('a', { device: '' })), /no device number/],
  ['a file with the text of a link', listing(root + record('a', { linkText: 'x' })), /no symbolic link/],
  ['two listings', listing(root) + listing(root), /second listing/],
  ['digests alone', digests([[hash, 'a']]), /digests only/],
  [
    'a digest that is none',
    `${listing(root)}holdfast-digests 1\0/\n\0${'A'.repeat(64)}  ./a\0end\x000\0\0`,
    /sha256sum/,
  ],
  ['something behind the end', `${good}more`, /follows its end/],
  ['a terminal in between', good.replaceAll('\n', '\r\n'), /terminal/],
  ['find without -printf', listing('', { status: '1' }), /no -printf/],
  ['no exit status', listing(root, { status: 'x' }), /exit status/],
];

void describe('what is no listing', () => {
  for (const [name, text, reason] of cases) void it(`is refused: ${name}`, async () => await refused(text, reason));

  void it('is refused wherever it was cut', async () => {
    for (let length = 0; length < good.length; length++) {
      const isWhole = length === good.indexOf('holdfast-digests');
      if (isWhole) await read(good.slice(0, length));
      else await refused(good.slice(0, length), /./);
    }
  });

  void it('gives a tree or one coded error, whatever bytes are changed', async () => {
    const bytes = Buffer.from(good, 'latin1');
    const changes = fc.array(
      fc.tuple(fc.nat(bytes.length - 1), fc.constantFrom(0, 0x2e, 0x2f, 0x30, 0x39, 0x64, 0x66, 0x6c, 0xff)),
      { minLength: 1, maxLength: 4 },
    );
    await fc.assert(
      fc.asyncProperty(changes, async (chosen) => {
        const changed = Buffer.from(bytes);
        for (const [position, byte] of chosen) changed[position] = byte;
        await holds(changed);
      }),
      { numRuns: 1500 },
    );
  });

  void it('gives a tree or one coded error, whatever fields come', async () => {
    const field = fc.constantFrom(
      'f',
      'd',
      'l',
      's',
      'U',
      'stat',
      'unread',
      'end',
      '0',
      '1',
      '5',
      '644',
      'a',
      'a/b',
      '',
      './a',
      '/\n',
      'holdfast-listing 1',
      'holdfast-digests 1',
      `${hash}  ./a`,
      '81a4 5 6 1 0 0 3 1700000000 0 0\n',
      '1.5',
    );
    const records = fc.array(
      fc.oneof(
        field,
        fc.constantFrom('a', 'b', 'a/b', '').map((path) => record(path, { kind: 'd' }).slice(0, -1)),
      ),
      { maxLength: 40 },
    );
    await fc.assert(
      fc.asyncProperty(records, async (fields) => {
        await holds(
          Buffer.from(`holdfast-listing 1\0/\n\0${fields.map((text) => `${text}\0`).join('')}end\x000\0\0`, 'latin1'),
        );
      }),
      { numRuns: 1500 },
    );
  });

  void it('stays within the limits', async () => {
    const many = (limits: Partial<typeof defaultLimits>, text: string) =>
      readFindListing([Buffer.from(text, 'latin1')], 'listing', { limits: { ...defaultLimits, ...limits } });
    const isLimit = (error: unknown): boolean => isHoldfastError(error, 'LIMIT_EXCEEDED');
    const three = root + record('a') + record('b');
    await many({ maxEntries: 3 }, listing(three));
    await assert.rejects(many({ maxEntries: 2 }, listing(three)), isLimit);
    await assert.rejects(
      many({ maxEntries: 3 }, listing(root + record('a/b/c/d'))),
      isLimit,
      'implied directories count',
    );
    await many({ maxDepth: 2 }, listing(root + record('a/b')));
    await assert.rejects(many({ maxDepth: 2 }, listing(root + record('a/b/c'))), isLimit);
    await assert.rejects(many({}, listing(root + record('x'.repeat(5 * 1024 * 1024)))), isLimit, 'one field');
    const files = digests([
      [hash, 'a'],
      [hash, 'b'],
      [hash, 'c'],
      [hash, 'd'],
    ]);
    await assert.rejects(many({ maxEntries: 3 }, listing(three) + files), isLimit, 'digests');
  });
});

async function holds(bytes: Buffer): Promise<void> {
  try {
    const { tree, digestOf } = await readFindListing([bytes], 'listing');
    const names = new Set<string>();
    for (const { path, inode } of walk(tree)) {
      assert.ok(!names.has(path));
      names.add(path);
      assert.doesNotThrow(() => digestOf(inode));
    }
  } catch (error) {
    assert.ok(isHoldfastError(error), String(error));
  }
}

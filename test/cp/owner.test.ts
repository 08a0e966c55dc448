import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type ByteString, fromText, isHoldfastError } from '../../src/base/index.ts';
import { findOwner, parseOwner } from '../../src/cp/owner.ts';
import { directory, file, layerOf, sparseFile, symlink } from '../../src/testing/index.ts';
import { expectedListing, assertSameTree } from '../cases/index.ts';
import { failure } from '../unpack/scratch.ts';
import { copied } from './copied.ts';

const passwd =
  'root:x:0:0:root:/root:/bin/sh\n# no line\nwww-data:x:33:34::/:\nodd:x:12\nbad:x:one:two::\n0day:x:77:78::\n';
const group = 'root:x:0:\nstaff:x:50:root\nwww-data:x:35:\n';
const files: Readonly<Record<string, string>> = { 'etc/passwd': passwd, 'etc/group': group };

async function ownerOf(text: string, present = files): Promise<object> {
  const read = async (path: string): Promise<ByteString | undefined> =>
    present[path] === undefined ? undefined : fromText(present[path]);
  try {
    return await findOwner(parseOwner(text), read);
  } catch (error) {
    assert.ok(isHoldfastError(error), String(error));
    return { code: error.code, message: error.message };
  }
}

void suite('who owns what is copied', () => {
  void test('is what numbers say; a user alone brings the group of the same number', async () => {
    const nothing = {};
    assert.deepEqual(await ownerOf('7', nothing), { uid: 7, gid: 7 });
    assert.deepEqual(await ownerOf('7:8', nothing), { uid: 7, gid: 8 });
    assert.deepEqual(await ownerOf(':8', nothing), { gid: 8 });
    assert.deepEqual(await ownerOf('4294967294:0', nothing), { uid: 4294967294, gid: 0 });
  });

  void test('is what the image says of names; a user alone brings its own group', async () => {
    assert.deepEqual(await ownerOf('www-data'), { uid: 33, gid: 34 });
    assert.deepEqual(await ownerOf('www-data:www-data'), { uid: 33, gid: 35 });
    assert.deepEqual(await ownerOf('www-data:7'), { uid: 33, gid: 7 });
    assert.deepEqual(await ownerOf('7:staff'), { uid: 7, gid: 50 });
    assert.deepEqual(await ownerOf(':staff'), { gid: 50 });
    assert.deepEqual(await ownerOf('0day'), { uid: 77, gid: 78 });
  });

  void test('is unknown where the image does not say it, or nothing that is a number', async () => {
    for (const [owner, message] of [
      ['nobody', 'the image has no user "nobody"'],
      ['odd', 'the image has no user "odd"'],
      ['bad', 'the image has no user "bad"'],
      ['root:nogroup', 'the image has no group "nogroup"'],
      ['#', 'the image has no user "#"'],
    ] as const) {
      assert.deepEqual(await ownerOf(owner), { code: 'OWNER_UNKNOWN', message }, owner);
    }
    assert.deepEqual(await ownerOf('root', {}), {
      code: 'OWNER_UNKNOWN',
      message: 'the image has no user "root"',
    });
  });

  void test('cannot be read out of everything', () => {
    for (const text of ['', ':', 'a:', 'a:b:c', '4294967295', '1:99999999999', 'a/b', 'a\0']) {
      assert.throws(() => parseOwner(text), { code: 'USAGE' }, JSON.stringify(text));
    }
  });
});

void suite('/etc/passwd of an image', () => {
  const made = (uid: number, gid: number) => file('f', '1', { uid, gid });
  const from = [file('f', '1')];
  const options = { chown: 'app:app' };

  void test('is found through links inside the root, in whichever layer it is', async (t) => {
    const lower = [file('etc/passwd', 'app:x:1:1::\n'), symlink('etc/group', '/../usr/lib/./group')];
    const upper = [
      directory('usr/lib'),
      file('usr/lib/group', 'app:x:9:\n'),
      file('usr/lib/passwd', 'app:x:8:7::\n'),
      symlink('etc/passwd', '../../usr/lib/passwd'),
    ];
    const { listing } = await copied(t, { into: [lower, layerOf(upper)], from, sources: 'f', dest: '/', options });
    assertSameTree(listing, expectedListing([symlink('etc/group', '/../usr/lib/./group'), ...upper, made(8, 9)]));
  });

  void test('may have holes', async (t) => {
    const into = [
      sparseFile('etc/passwd', 100_000, [
        { offset: 512, data: `${'x'.repeat(503)}\napp:x:8:` },
        { offset: 1024, data: '7::\n' },
      ]),
      file('etc/group', 'app:x:9:\n'),
    ];
    const { listing } = await copied(t, { into, from, sources: 'f', dest: '/', options });
    assertSameTree(listing, expectedListing([...into, made(8, 9)]));
  });

  void test('that is no file, or too large to be one, is an error', async (t) => {
    const none = [directory('etc/passwd')];
    await failure('OWNER_UNKNOWN', copied(t, { into: none, from, sources: 'f', dest: '/', options }));
    const looped = [symlink('etc/passwd', 'passwd')];
    await failure('OWNER_UNKNOWN', copied(t, { into: looped, from, sources: 'f', dest: '/', options }));
    const large = [sparseFile('etc/passwd', 5 * 1024 * 1024, [{ offset: 0, data: 'app:x:1:1::\n' }])];
    await failure('LIMIT_EXCEEDED', copied(t, { into: large, from, sources: 'f', dest: '/', options }));
  });
});

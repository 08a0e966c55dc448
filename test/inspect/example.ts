/** One image with a bit of everything, and directories that go away with their test. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import {
  blockDevice,
  type BuiltImage,
  charDevice,
  directory,
  fifo,
  file,
  hardlink,
  imageOf,
  layerOf,
  opaque,
  sparseFile,
  symlink,
  type TaggedImages,
  whiteout,
  writeLayout,
} from '../../src/testing/index.ts';

// Indexes of layers are cached for this process alone.
const cache = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-cache-'));
process.env['XDG_CACHE_HOME'] = cache;
after(() => fs.rmSync(cache, { recursive: true, force: true }));

/** Where layer indexes are cached in this process. */
export const cacheHome = cache;

export const base = layerOf([
  directory('usr/'),
  directory('usr/bin/', { mode: 0o1777 }),
  symlink('bin', 'usr/bin'),
  file('usr/bin/git', 'git\n', { mode: 0o4755 }),
  hardlink('usr/bin/git-log', 'usr/bin/git', { mode: 0o4755 }),
  hardlink('usr/bin/git-show', 'usr/bin/git', { mode: 0o4755 }),
  file('etc/passwd', 'root:x:0:0\n', {
    uid: 1,
    gid: 42,
    mtime: { seconds: -2, nanoseconds: 500_000_000 },
    xattrs: { 'user.note': 'hello' },
  }),
  file('etc/motd', 'welcome\n'),
]);

export const top = layerOf([
  whiteout('usr/bin/git'),
  opaque('etc'),
  file('etc/passwd', 'root:x:0:0:new\n', { mode: 0o640 }),
  file('odd/\x1b[31mred\n', '1'),
  file('odd/caf\udce9', '2'),
  charDevice('dev/null', 1, 3, { mode: 0o666 }),
  blockDevice('dev/sda', 8, 0, { mode: 0o660 }),
  fifo('run/pipe'),
  sparseFile('var/sparse', 10_000, [{ offset: 5000, data: 'data' }]),
  symlink('etc/loop', 'loop'),
  symlink('etc/up', '../../../usr'),
]);

export const example: BuiltImage = imageOf([base, top], {
  config: {
    User: 'nobody',
    Env: ['PATH=/usr/bin', 'X=\u001b[2J'],
    Entrypoint: ['/usr/bin/git'],
    Cmd: ['log', 'a b'],
    WorkingDir: '/srv',
    Labels: { maintainer: 'me' },
    ExposedPorts: { '80/tcp': {} },
  },
});

/** A directory that is removed after the test. */
export function scratch(test: TestContext): string {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-test-'));
  test.after(() => fs.rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** A layout with these images; returns `oci:DIR`. */
export function layout(test: TestContext, images: TaggedImages): string {
  const directory = path.join(scratch(test), 'layout');
  writeLayout(directory, images);
  return `oci:${directory}`;
}

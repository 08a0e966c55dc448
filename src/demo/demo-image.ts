/** The example image of `npm run demo`: small, made in code, and full of what other tools get wrong. */
import {
  directory,
  file,
  hardlink,
  imageOf,
  layerOf,
  opaque,
  symlink,
  whiteout,
  writeLayout,
} from '../testing/index.ts';

/** Writes the image into an OCI layout directory, tagged `demo`. Everything belongs to whoever runs it. */
export function writeDemoImage(layout: string): void {
  const own = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const base = layerOf([
    directory('./', own),
    directory('usr/', own),
    directory('usr/bin/', own),
    symlink('bin', 'usr/bin', own),
    file('usr/bin/git', '#!git, the first\n', { ...own, mode: 0o755 }),
    hardlink('usr/bin/git-upload-pack', 'usr/bin/git', own),
    hardlink('usr/bin/git-receive-pack', 'usr/bin/git', own),
    directory('srv/', own),
    file('srv/original.txt', 'two names, one file\n', own),
    hardlink('srv/linked.txt', 'srv/original.txt', own),
    directory('etc/', own),
    file('etc/secret', 'build time only\n', { ...own, mode: 0o600 }),
    directory('cache/', own),
    file('cache/stale', 'from the lower layer\n', own),
  ]);
  const tools = layerOf([
    directory('usr/', own),
    directory('usr/bin/', own),
    whiteout('usr/bin/git-upload-pack'),
    symlink('usr/bin/git', '/usr/bin/git-receive-pack', own),
  ]);
  const clean = layerOf([
    directory('etc/', own),
    whiteout('etc/secret'),
    directory('cache/', own),
    file('cache/fresh', 'from the upper layer\n', own),
    opaque('cache'),
  ]);
  writeLayout(layout, { demo: imageOf([base, tools, clean]) });
}

/** `npm run demo`: makes an image, unpacks it, exports it, lists its links, and says why what came out is right. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { exportToFile } from '../export/index.ts';
import { openImage } from '../image/index.ts';
import { linkReport } from '../inspect/index.ts';
import { loadRootfs } from '../rootfs/index.ts';
import { unpack } from '../unpack/index.ts';
import { writeDemoImage } from './demo-image.ts';

const print = (text = ''): void => void process.stdout.write(`${text}\n`);

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'holdfast-demo-'));
process.env['XDG_CACHE_HOME'] = path.join(directory, 'cache');
try {
  await demonstrate();
} finally {
  fs.rmSync(directory, { recursive: true, force: true });
}

async function demonstrate(): Promise<void> {
  const layout = path.join(directory, 'image');
  const root = path.join(directory, 'rootfs');
  const archive = path.join(directory, 'flat.tar');
  writeDemoImage(layout);
  await using image = await openImage(`oci:${layout}:demo`);
  print(`An image of ${image.layers.length} layers, ${image.manifestDigest.slice(0, 19)}…`);

  const { entries } = await unpack(image, root);
  print(`\n$ holdfast unpack oci:image:demo rootfs        ${entries} names, every digest verified`);
  explainTree(root);

  const { size } = await exportToFile(image, archive);
  print(`\n$ holdfast export oci:image:demo -o flat.tar   ${size} bytes, the same on every machine`);
  explainArchive(archive);

  const { tree } = await loadRootfs(image);
  print('\n$ holdfast links oci:image:demo');
  for (const { paths, size: bytes, layer } of linkReport(tree).groups) {
    print(`  ${paths.join(' = ')}   (${bytes} bytes, from layer ${layer})`);
  }
}

function explainTree(root: string): void {
  const inodeOf = (name: string): number => fs.lstatSync(path.join(root, name)).ino;
  const read = (name: string): string => fs.readFileSync(path.join(root, name), 'utf8').trim();
  const has = (name: string): boolean => fs.lstatSync(path.join(root, name), { throwIfNoEntry: false }) !== undefined;
  const claims: readonly (readonly [boolean, string, string])[] = [
    [
      inodeOf('srv/original.txt') === inodeOf('srv/linked.txt'),
      'srv/original.txt and srv/linked.txt are one inode',
      'a hard link in the image is a hard link on disk, not a copy and not missing',
    ],
    [
      fs.readlinkSync(path.join(root, 'usr/bin/git')) === '/usr/bin/git-receive-pack',
      'usr/bin/git is a symlink to usr/bin/git-receive-pack',
      'layer 2 replaced that one name; the inode lives on under its other names',
    ],
    [
      read('usr/bin/git-receive-pack') === '#!git, the first' && !has('usr/bin/git-upload-pack'),
      'usr/bin/git-receive-pack still has the content, usr/bin/git-upload-pack is gone',
      'its link target was removed by a later layer, which extractors that go from the top down cannot resolve',
    ],
    [!has('etc/secret') && has('etc'), 'etc/secret is gone', 'a whiteout removes exactly that name'],
    [
      fs.readdirSync(path.join(root, 'cache')).join() === 'fresh',
      'cache holds only "fresh"',
      'the opaque marker hides the layers below, although it stands last in its layer',
    ],
    [fs.readlinkSync(path.join(root, 'bin')) === 'usr/bin', 'bin -> usr/bin', 'a symlink is kept verbatim'],
  ];
  for (const [holds, what, why] of claims) {
    print(`  ${holds ? 'ok ' : 'NOT OK '} ${what}\n      ${why}`);
    if (!holds) process.exitCode = 1;
  }
}

function explainArchive(archive: string): void {
  const { status, stdout } = spawnSync('tar', ['-tvf', archive], { encoding: 'utf8' });
  if (status !== 0) return print('  (no tar command here to list it with)');
  for (const line of stdout.trimEnd().split('\n')) print(`  ${line}`);
  print('  directories first, one body for each link group, no whiteouts: any tar extracts it right');
}

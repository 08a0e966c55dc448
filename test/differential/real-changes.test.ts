/** What installing a package changes in a real Debian root file system, beside what others make of it. */
import fs from 'node:fs';
import path from 'node:path';
import { suite, test } from 'node:test';
import { openImage } from '../../src/image/index.ts';
import { commit } from '../../src/commit/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { assertSameTree, listingOfDirectory, type TreeListing, xattrsReadable } from '../cases/index.ts';
import { startDocker } from './docker-daemon.ts';
import { labImages, labPackage, whyNoLab } from './lab.ts';
import { type Mask, maskedPair, rootPath, withoutTime } from './masks.ts';
import { withOverlay } from './overlay.ts';
import { whyMissing } from './peers.ts';
import { run } from './programs.ts';
import { isRoot, withPath } from './scratch.ts';

const debian = `oci:${labImages}:debian`;
const skip = whyNoLab || (!isRoot && 'needs root') || (!xattrsReadable && 'getfattr is not installed');

/** In a mount namespace of its own, so that nothing stays mounted. */
const install = [
  'set -e',
  'mount -t tmpfs tmpfs "$1/tmp"',
  'cp "$2" "$1/tmp/package.deb"',
  'mount --rbind /dev "$1/dev"',
  'mount -t proc proc "$1/proc"',
  'chroot "$1" env DEBIAN_FRONTEND=noninteractive PATH=/usr/sbin:/usr/bin:/sbin:/bin \\',
  '  apt-get -qq -y --no-install-recommends -o Dpkg::Use-Pty=0 install /tmp/package.deb',
].join('\n');

function installPackage(root: string): void {
  run('unshare', '--mount', 'bash', '-c', install, 'install', root, labPackage);
}

/** What a directory that was changed became, as an image that Holdfast commits and unpacks again. */
async function committed(base: string, root: string, layout: string): Promise<TreeListing> {
  await commit(base, root, `oci:${layout}:made`, { compression: 'zstd' });
  return await unpacked(`oci:${layout}:made`);
}

async function unpacked(reference: string): Promise<TreeListing> {
  await using image = await openImage(reference);
  return await withPath(async (target) => {
    await unpack(image, target, { record: false });
    return listingOfDirectory(target);
  });
}

void suite('a package that apt-get installs into a real Debian', { skip }, () => {
  void test('is in the committed image with everything it changed, from a scan led by the record', async () => {
    await withPath(async (work) => {
      const root = path.join(work, 'root');
      fs.mkdirSync(work);
      await using image = await openImage(debian);
      await unpack(image, root);
      installPackage(root);
      const live = listingOfDirectory(root);
      assertSameTree(await committed(debian, root, path.join(work, 'layout')), live);
      const exact = path.join(work, 'exact');
      await commit(debian, root, `oci:${exact}:made`, { compression: 'zstd', exact: true });
      assertSameTree(await unpacked(`oci:${exact}:made`), live);
    });
  });

  void test('is what umoci repacks', { skip: whyMissing('umoci') }, async () => {
    await withPath(async (work) => {
      fs.mkdirSync(work);
      const [layout, bundle] = [path.join(work, 'layout'), path.join(work, 'bundle')];
      fs.cpSync(labImages, layout, { recursive: true });
      run('umoci', 'unpack', '--image', `${layout}:debian`, bundle);
      const root = path.join(bundle, 'rootfs');
      installPackage(root);
      const ours = await committed(`oci:${layout}:debian`, root, path.join(work, 'ours'));
      assertSameTree(ours, listingOfDirectory(root));
      run('umoci', 'repack', '--image', `${layout}:repacked`, bundle);
      assertSameTree(...maskedPair(await unpacked(`oci:${layout}:repacked`), ours, umociMasks));
    });
  });

  void test(
    'is what Docker shows of the committed image',
    { skip: whyMissing('skopeo', 'docker', 'dockerd') },
    async () => {
      await withPath(async (work) => {
        fs.mkdirSync(work);
        const [root, layout] = [path.join(work, 'root'), path.join(work, 'layout')];
        await using image = await openImage(debian);
        await unpack(image, root);
        installPackage(root);
        await commit(debian, root, `oci:${layout}:made`, { compression: 'gzip', level: 1 });
        await using docker = await startDocker();
        const theirs = await withOverlay(docker.load(layout, 'made').layers, async (merged) =>
          listingOfDirectory(merged),
        );
        assertSameTree(...maskedPair(theirs, listingOfDirectory(root), [ignoredRoot]));
      });
    },
  );
});

const ignoredRoot: Mask = {
  why: 'overlay runtimes ignore the root entry',
  applies: (name) => name === rootPath,
  without: withoutTime,
};

const umociMasks: readonly Mask[] = [
  {
    why: 'umoci repack rounds times to whole seconds',
    applies: () => true,
    without: (facts) => ({ ...facts, mtime: String(Math.round(Number(facts.mtime))) }),
  },
];

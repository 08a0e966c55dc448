/** Other programs that show what an image means, each with what is known to be different there. */
import fs from 'node:fs';
import { join } from 'node:path';
import { listingOfDirectory, type TreeListing, xattrsReadable } from '../cases/index.ts';
import { startDocker } from './docker-daemon.ts';
import { leftOut, type Mask, rootPath } from './masks.ts';
import { withOverlay } from './overlay.ts';
import { isInstalled, run } from './programs.ts';
import { freshPath, isRoot, withPath } from './scratch.ts';

export interface Peer {
  readonly name: string;
  /** Why it cannot be asked here; false where it can. */
  readonly skip: string | false;
  readonly masks: readonly Mask[];
  readonly start: () => Promise<PeerSession>;
}

export interface PeerSession extends AsyncDisposable {
  /** What it makes of an image of a layout. */
  show(layout: string, tag: string): Promise<TreeListing>;
}

const ignoredRoot: Mask = {
  why: 'overlay runtimes ignore the root entry',
  applies: (path) => path === rootPath,
  without: leftOut,
};

export const peers: readonly Peer[] = [
  { name: 'umoci', skip: whyMissing('umoci'), masks: [], start: async () => umoci },
  {
    name: 'containers/storage',
    skip: whyMissing('skopeo', 'podman'),
    masks: [ignoredRoot],
    start: async () => startStorage(),
  },
  {
    name: 'Docker',
    skip: whyMissing('skopeo', 'docker', 'dockerd'),
    masks: [ignoredRoot],
    start: async () => {
      const docker = await startDocker();
      return {
        show: (layout, tag) =>
          withOverlay(docker.load(layout, tag).layers, async (merged) => listingOfDirectory(merged)),
        [Symbol.asyncDispose]: () => docker[Symbol.asyncDispose](),
      };
    },
  },
];

export function whyMissing(...programs: readonly string[]): string | false {
  if (!isRoot) return 'needs root';
  if (!xattrsReadable) return 'getfattr is not installed';
  const missing = programs.find((program) => !isInstalled(program));
  return missing !== undefined && `${missing} is not installed`;
}

const umoci: PeerSession = {
  show: (layout, tag) =>
    withPath(async (path) => {
      run('umoci', 'raw', 'unpack', '--image', `${layout}:${tag}`, path);
      return listingOfDirectory(path);
    }),
  [Symbol.asyncDispose]: async () => {},
};

/** A storage of its own, as podman, buildah and CRI-O have it. */
function startStorage(): PeerSession {
  const storage = freshPath();
  const [root, runRoot] = [join(storage, 'root'), join(storage, 'run')];
  fs.mkdirSync(storage);
  const podman = (...args: readonly string[]): string =>
    run('podman', '--root', root, '--runroot', runRoot, '--storage-driver', 'overlay', ...args);
  return {
    async show(layout, tag) {
      const name = `localhost/holdfast:${tag}`;
      const target = `containers-storage:[overlay@${root}+${runRoot}]${name}`;
      run('skopeo', 'copy', '--insecure-policy', '--quiet', `oci:${layout}:${tag}`, target);
      const merged = podman('image', 'mount', name).trim();
      try {
        return listingOfDirectory(merged);
      } finally {
        podman('image', 'umount', name);
      }
    },
    async [Symbol.asyncDispose]() {
      podman('rmi', '--all', '--force');
      // The driver mounts this over itself and leaves it so.
      const mounts = fs.readFileSync('/proc/self/mounts', 'utf8');
      if (mounts.includes(` ${root}/overlay `)) run('umount', join(root, 'overlay'));
    },
  };
}

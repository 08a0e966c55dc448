import { startDocker } from '../docker.ts';
import { ratio } from '../goals.ts';
import type { Bench, Contender, Job } from '../job.ts';
import { run } from '../measure.ts';
import { holdfast, installed, isInstalled, type Peer, shell, titled } from '../programs.ts';
import { registryImage } from '../registry.ts';

/** From a registry to a root file system, nothing kept from before. */
export const pullJob: Job = {
  name: 'pull',
  title: 'Pull the big image from a registry on this machine, and unpack it',
  contenders: async (bench) => {
    const image = await registryImage(bench);
    if (image === undefined) return [];
    return [
      pullAndUnpack(bench, image),
      ...installed([skopeoAndUmoci(bench, image), podman(bench, image)]),
      ...(await docker(bench, image)),
    ];
  },
  goals: [
    ...(['skopeo', 'podman', 'docker'] as const).map((peer) => ({
      text: `${peer} takes at least as long (aim for the fastest: 2)`,
      value: (rows: Parameters<Job['goals'][number]['value']>[0]) =>
        ratio(rows.get(peer)?.wallMs, rows.get('pull')?.wallMs),
      atLeast: 1,
    })),
    { text: 'peak memory at most 300 MB', value: (rows) => ratio(rows.get('pull')?.peakBytes, 1e6), atMost: 300 },
  ],
};

function pullAndUnpack({ scratch }: Bench, image: string): Contender {
  return {
    id: 'pull',
    title: 'holdfast unpack, empty store, no index cached',
    command: holdfast('unpack', image, scratch.path('out')),
    env: { XDG_CACHE_HOME: scratch.path('cold-cache'), HOLDFAST_STORE: scratch.path('store') },
    before: () => {
      for (const name of ['cold-cache', 'store', 'out']) scratch.absent(name);
    },
  };
}

function skopeoAndUmoci({ scratch }: Bench, image: string): Peer {
  const script =
    'skopeo copy --src-tls-verify=false "docker://$1" "oci:$2:big"; umoci raw unpack --image "$2:big" "$3"';
  return {
    needs: ['skopeo', 'umoci'],
    id: 'skopeo',
    title: `${titled('skopeo')} copy + ${titled('umoci')} raw unpack`,
    command: shell(script, image, scratch.path('layout'), scratch.path('out')),
    before: () => {
      for (const name of ['layout', 'out']) scratch.absent(name);
    },
  };
}

function podman({ scratch, signal }: Bench, image: string): Peer {
  const storage = ['--root', scratch.path('podman'), '--runroot', scratch.path('podman-run')];
  const remove = ['podman', ...storage, '--storage-driver', 'overlay', 'rmi', '--all', '--force'];
  return {
    needs: ['podman'],
    id: 'podman',
    title: `${titled('podman')} pull`,
    note: 'layers into overlay directories, not merged',
    command: ['podman', ...storage, '--storage-driver', 'overlay', 'pull', '--tls-verify=false', image],
    before: async () => void (await run(remove, {}, signal)),
  };
}

async function docker(bench: Bench, image: string): Promise<readonly Contender[]> {
  if (!['docker', 'dockerd'].every(isInstalled)) return [];
  const socket = await startDocker(bench);
  if (socket === undefined) return [];
  return [
    {
      id: 'docker',
      title: `${titled('docker')} pull`,
      note: 'layers into overlay directories, not merged; CPU time and memory of the daemon are not counted',
      command: ['docker', '-H', socket, 'pull', image],
      before: async () => void (await run(['docker', '-H', socket, 'rmi', '--force', image], {}, bench.signal)),
    },
  ];
}

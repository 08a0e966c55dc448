import { ratio } from '../goals.ts';
import type { Bench, Contender, Job } from '../job.ts';
import { holdfast, isInstalled, type Peer, installed, shell, titled } from '../programs.ts';
import { registryImage } from '../registry.ts';

/** An image to a root file system: the main job. */
export const unpackJob: Job = {
  name: 'unpack',
  title: 'Unpack the big image',
  contenders: async (bench) => [
    coldUnpack(bench),
    warmUnpack(bench),
    ...installed([umoci(bench), limit(bench)]),
    ...(await crane(bench)),
  ],
  goals: [
    {
      text: 'umoci takes at least 3 times as long (aim: 4)',
      value: (rows) => ratio(rows.get('umoci')?.wallMs, rows.get('cold')?.wallMs),
      atLeast: 3,
    },
    {
      text: 'at most 1.5 times as long as the practical limit (aim: 1.0)',
      value: (rows) => ratio(rows.get('cold')?.wallMs, rows.get('limit')?.wallMs),
      atMost: 1.5,
    },
    { text: 'peak memory at most 300 MB', value: (rows) => ratio(rows.get('cold')?.peakBytes, 1e6), atMost: 300 },
  ],
};

/** Holdfast with an empty cache: also what its export is compared with. */
export function coldUnpack({ scratch, big }: Bench): Contender {
  return {
    id: 'cold',
    title: 'holdfast unpack, no index cached',
    command: holdfast('unpack', big().reference, scratch.path('out')),
    env: { XDG_CACHE_HOME: scratch.path('cold-cache') },
    before: () => {
      scratch.empty('cold-cache');
      scratch.absent('out');
    },
  };
}

function warmUnpack({ scratch, big }: Bench): Contender {
  return {
    id: 'warm',
    title: 'holdfast unpack, index cached',
    command: holdfast('unpack', big().reference, scratch.path('out')),
    env: { XDG_CACHE_HOME: scratch.path('cache') },
    once: holdfast('links', big().reference),
    before: () => void scratch.absent('out'),
  };
}

function umoci({ scratch, big }: Bench): Peer {
  const { layout, tag } = big();
  return {
    needs: ['umoci'],
    id: 'umoci',
    title: `${titled('umoci')} raw unpack`,
    command: ['umoci', 'raw', 'unpack', '--image', `${layout}:${tag}`, scratch.path('out')],
    before: () => void scratch.absent('out'),
  };
}

function limit({ scratch, big }: Bench): Peer {
  const script = 'out=$1; shift; for layer; do igzip -dc "$layer" | tar -x -C "$out"; done';
  return {
    needs: ['igzip', 'tar'],
    id: 'limit',
    title: `${titled('igzip')} -dc | tar -x, layer by layer`,
    note: 'the practical limit: verifies nothing, applies no whiteouts',
    command: shell(script, scratch.path('out'), ...big().layers),
    before: () => void scratch.empty('out'),
  };
}

async function crane(bench: Bench): Promise<readonly Contender[]> {
  const image = isInstalled('crane') ? await registryImage(bench) : undefined;
  if (image === undefined) return [];
  return [
    {
      id: 'crane',
      title: `${titled('crane', 'version')} export | tar -x`,
      note: 'reads from a registry on this machine',
      command: shell('crane export "$1" - | tar -x -C "$2"', image, bench.scratch.path('out')),
      before: () => void bench.scratch.empty('out'),
    },
  ];
}

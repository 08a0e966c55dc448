import { ratio } from '../goals.ts';
import type { Bench, Contender, Job } from '../job.ts';
import { holdfast, installed, isInstalled, type Peer, shell, titled } from '../programs.ts';
import { registryImage } from '../registry.ts';
import { coldUnpack } from './unpack.ts';

/** An image to one flat tar in a file. */
export const exportJob: Job = {
  name: 'export',
  title: 'Export the big image to a file',
  contenders: async (bench) => [
    coldExport(bench),
    warmExport(bench),
    { ...coldUnpack(bench), id: 'unpack' },
    ...installed([umoci(bench)]),
    ...(await crane(bench)),
  ],
  goals: [
    {
      text: 'not slower than unpack',
      value: (rows) => ratio(rows.get('cold')?.wallMs, rows.get('unpack')?.wallMs),
      atMost: 1,
    },
    { text: 'peak memory at most 300 MB', value: (rows) => ratio(rows.get('cold')?.peakBytes, 1e6), atMost: 300 },
  ],
};

function coldExport({ scratch, big }: Bench): Contender {
  return {
    id: 'cold',
    title: 'holdfast export, no index cached',
    command: holdfast('export', big().reference, '-o', scratch.path('out.tar')),
    env: { XDG_CACHE_HOME: scratch.path('cold-cache') },
    before: () => {
      scratch.empty('cold-cache');
      scratch.absent('out.tar');
    },
  };
}

function warmExport(bench: Bench): Contender {
  return {
    ...coldExport(bench),
    id: 'warm',
    title: 'holdfast export, index cached',
    env: { XDG_CACHE_HOME: bench.scratch.path('cache') },
    once: holdfast('links', bench.big().reference),
    before: () => void bench.scratch.absent('out.tar'),
  };
}

function umoci({ scratch, big }: Bench): Peer {
  const { layout, tag } = big();
  const [out, file] = [scratch.path('out'), scratch.path('out.tar')];
  return {
    needs: ['umoci', 'tar'],
    id: 'umoci',
    title: `${titled('umoci')} raw unpack, then tar -c`,
    command: shell('umoci raw unpack --image "$1" "$2"; tar -c -f "$3" -C "$2" .', `${layout}:${tag}`, out, file),
    before: () => {
      scratch.absent('out');
      scratch.absent('out.tar');
    },
  };
}

async function crane(bench: Bench): Promise<readonly Contender[]> {
  const image = isInstalled('crane') ? await registryImage(bench) : undefined;
  if (image === undefined) return [];
  return [
    {
      id: 'crane',
      title: `${titled('crane', 'version')} export`,
      note: 'reads from a registry on this machine',
      command: ['crane', 'export', image, bench.scratch.path('out.tar')],
      before: () => void bench.scratch.absent('out.tar'),
    },
  ];
}

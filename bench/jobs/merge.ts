import { spawnSync } from 'node:child_process';
import { ratio } from '../goals.ts';
import { labImage } from '../images.ts';
import type { Bench, Contender, Job, Rows } from '../job.ts';
import { holdfast, installed, type Peer, shell, titled } from '../programs.ts';

/** Images laid over each other: every run is a new process. */
export const mergeJob: Job = {
  name: 'merge',
  title: 'Merge the big image and another one',
  contenders: (bench) => {
    const inputs = [bench.big().reference, other(bench)];
    return [
      merge(bench, 'merge', 'holdfast merge, into the layout that has both', inputs),
      {
        ...merge(bench, 'error', 'holdfast merge --on-conflict error, the big image twice, indexes cached', [
          '--on-conflict',
          'error',
          bench.big().reference,
          bench.big().reference,
        ]),
        once: holdfast('links', bench.big().reference),
      },
      elsewhere(bench, inputs),
      ...installed([skopeo(bench)]),
    ];
  },
  goals: [
    { text: 'within one layout within 300 ms', value: wall('merge'), atMost: 300 },
    {
      text: 'skopeo takes longer to copy one of them than it takes to merge both into another layout',
      value: (rows) => ratio(rows.get('skopeo')?.wallMs, rows.get('elsewhere')?.wallMs),
      atLeast: 1,
    },
  ],
};

/** The other image, in the layout of the big one. */
function other(bench: Bench): string {
  const to = `oci:${bench.big().layout}:other`;
  const [program = '', ...words] = holdfast('copy', '-q', labImage('debian').reference, to);
  const { status } = spawnSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error('the images to merge could not be put into one layout');
  return to;
}

function merge({ scratch, big }: Bench, id: string, title: string, inputs: readonly string[]): Contender {
  const env = { XDG_CACHE_HOME: scratch.path('cache') };
  return { id, title, command: holdfast('merge', ...inputs, '--to', `oci:${big().layout}:${id}`), env };
}

function elsewhere({ scratch }: Bench, inputs: readonly string[]): Contender {
  return {
    id: 'elsewhere',
    title: 'holdfast merge, into another layout on the same file system',
    note: 'blobs are hashed and linked',
    command: holdfast('merge', ...inputs, '--to', `oci:${scratch.path('elsewhere')}:merged`),
    before: () => void scratch.absent('elsewhere'),
  };
}

function skopeo({ scratch, big }: Bench): Peer {
  return {
    needs: ['skopeo'],
    id: 'skopeo',
    title: `${titled('skopeo')} copy of the big image alone into another layout`,
    command: shell('skopeo copy -q "$1" "oci:$2:big"', big().reference, scratch.path('copied')),
    before: () => void scratch.absent('copied'),
  };
}

function wall(id: string): (rows: Rows) => number | undefined {
  return (rows) => rows.get(id)?.wallMs;
}

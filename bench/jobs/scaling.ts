import { ratio } from '../goals.ts';
import type { BenchImage } from '../images.ts';
import type { Bench, Contender, Job } from '../job.ts';
import { holdfast, installed, type Peer, shell } from '../programs.ts';
import { manyEntries } from '../synthetic.ts';

/** How time and memory grow with the number of entries: index and apply, no content. */
export const scalingJob: Job = {
  name: 'scaling',
  title: 'Link groups of images with very many entries',
  contenders: async ({ scratch, signal }) => {
    const some = await manyEntries(scratch.empty('100k'), 100_000, signal);
    const many = await manyEntries(scratch.empty('1m'), 1_000_000, signal);
    return [
      links(scratch, some, { id: '100k', title: 'holdfast links, 100 000 entries', cache: 'cold' }),
      links(scratch, many, { id: '1m', title: 'holdfast links, 1 000 000 entries', cache: 'cold' }),
      links(scratch, some, { id: '100k-warm', title: 'the same, 100 000 entries, index cached', cache: 'warm' }),
      links(scratch, many, { id: '1m-warm', title: 'the same, 1 000 000 entries, index cached', cache: 'warm' }),
      ...installed([list(many)]),
    ];
  },
  goals: [
    {
      text: 'a million entries take at most 12 times as long as 100 000',
      value: (rows) => ratio(rows.get('1m')?.wallMs, rows.get('100k')?.wallMs),
      atMost: 12,
    },
    { text: 'peak memory at most 600 MB', value: (rows) => ratio(rows.get('1m')?.peakBytes, 1e6), atMost: 600 },
  ],
};

interface Row {
  readonly id: string;
  readonly title: string;
  readonly cache: 'cold' | 'warm';
}

function links(scratch: Bench['scratch'], { reference }: BenchImage, { id, title, cache }: Row): Contender {
  const command = holdfast('links', '--format', 'json', reference);
  const directory = `${cache}-cache`;
  const row = { id, title, command, env: { XDG_CACHE_HOME: scratch.path(directory) } };
  return cache === 'cold'
    ? { ...row, before: () => void scratch.empty(directory) }
    : { ...row, once: shell('"$@"; "$@"', ...command) };
}

function list({ layers }: BenchImage): Peer {
  return {
    needs: ['igzip', 'tar'],
    id: 'tar',
    title: 'igzip -dc | tar -t, 1 000 000 entries',
    note: 'only prints the names, layer by layer',
    command: shell('for layer; do igzip -dc "$layer" | tar -t; done', ...layers),
  };
}

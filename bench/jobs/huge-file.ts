import { ratio } from '../goals.ts';
import type { BenchImage } from '../images.ts';
import type { Bench, Contender, Job, Rows } from '../job.ts';
import { holdfast, installed, type Peer, titled } from '../programs.ts';
import { diskScratch, type Scratch } from '../scratch.ts';
import { hugeFile } from '../synthetic.ts';

const bytes = 4 * 1024 ** 3;

/** Memory must not follow the size of a file. On disk: memory could not hold the image and what is unpacked from it. */
export const hugeFileJob: Job = {
  name: 'huge-file',
  title: 'One file of 4 GiB random bytes, on disk',
  full: true,
  contenders: async ({ lifetime, signal }: Bench) => {
    const disk = lifetime.use(diskScratch());
    const plain = await hugeFile(disk.empty('plain'), bytes, { gzip: false, signal });
    const gzip = await hugeFile(disk.empty('gzip'), bytes, { gzip: true, signal });
    return [
      unpack(disk, plain, { id: 'plain', title: 'holdfast unpack, plain layer' }),
      unpack(disk, gzip, { id: 'gzip', title: 'holdfast unpack, gzip layer' }),
      exportTar(disk, gzip),
      ...installed([umoci(disk, gzip)]),
    ];
  },
  goals: [
    { text: 'plain: peak memory at most 400 MB', value: peak('plain'), atMost: 400 },
    { text: 'gzip: peak memory at most 400 MB', value: peak('gzip'), atMost: 400 },
    { text: 'export: peak memory at most 400 MB', value: peak('export'), atMost: 400 },
  ],
};

function unpack(
  disk: Scratch,
  { reference }: BenchImage,
  row: { readonly id: string; readonly title: string },
): Contender {
  return {
    ...row,
    command: holdfast('unpack', reference, disk.path('out')),
    env: { XDG_CACHE_HOME: disk.path('cache') },
    before: () => clear(disk),
  };
}

function exportTar(disk: Scratch, { reference }: BenchImage): Contender {
  return {
    id: 'export',
    title: 'holdfast export, gzip layer',
    command: holdfast('export', reference, '-o', disk.path('out')),
    env: { XDG_CACHE_HOME: disk.path('cache') },
    before: () => clear(disk),
  };
}

function umoci(disk: Scratch, { layout, tag }: BenchImage): Peer {
  return {
    needs: ['umoci'],
    id: 'umoci',
    title: `${titled('umoci')} raw unpack, gzip layer`,
    command: ['umoci', 'raw', 'unpack', '--image', `${layout}:${tag}`, disk.path('out')],
    before: () => clear(disk),
  };
}

function clear(disk: Scratch): void {
  disk.absent('out');
  disk.empty('cache');
}

function peak(id: string): (rows: Rows) => number | undefined {
  return (rows) => ratio(rows.get(id)?.peakBytes, 1e6);
}

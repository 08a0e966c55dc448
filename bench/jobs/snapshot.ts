import { cpSync } from 'node:fs';
import path from 'node:path';
import { installPackage, largeImage, run, snapshot, unpacked } from '../changed-tree.ts';
import { ratio } from '../goals.ts';
import type { BenchImage } from '../images.ts';
import type { Bench, Job, Rows } from '../job.ts';
import { installed, type Peer, titled } from '../programs.ts';

const everything = '%y %D %i %n %m %U %G %s %T@ %C@ %l %P\\0';

/** What has changed in a large unpacked tree: nothing, or what installing one package does. */
export const snapshotJob: Job = {
  name: 'snapshot',
  title: 'Snapshot of a tree of 140 000 names',
  contenders: async (bench) => {
    const image = await largeImage(bench);
    const [same, changed] = [unpacked(bench, image, 'same'), unpacked(bench, image, 'changed')];
    installPackage(changed);
    return [
      snapshot(bench, image, same, { id: 'same', title: 'holdfast snapshot, nothing changed' }),
      snapshot(bench, image, changed, { id: 'changed', title: 'holdfast snapshot, one package installed' }),
      {
        id: 'find',
        title: `${titled('find')} -printf`,
        note: 'the limit: prints what it sees, compares nothing',
        command: ['find', same, '-printf', everything],
      },
      ...repacks(bench, image),
    ];
  },
  goals: [
    { text: 'unchanged: at most 1.5 times as long as find', value: against('same'), atMost: 1.5 },
    { text: 'one package: at most 1.5 times as long as find', value: against('changed'), atMost: 1.5 },
  ],
};

function against(id: string): (rows: Rows) => number | undefined {
  return (rows) => ratio(rows.get(id)?.wallMs, rows.get('find')?.wallMs);
}

/** Both end by writing the layer into their layout, compressed. */
function repacks({ scratch }: Bench, { layout, tag }: BenchImage) {
  const peers = (['same', 'changed'] as const).map((id): Peer => {
    const title = `${titled('umoci')} repack, ${id === 'same' ? 'nothing changed' : 'one package installed'}`;
    const [bundle, copy] = [scratch.path(`${id}-bundle`), scratch.path(`${id}-layout`)];
    return {
      needs: ['umoci'],
      id: `umoci-${id}`,
      title,
      note: 'compresses the layer and writes the image, too',
      command: ['umoci', 'repack', '--image', `${copy}:made`, bundle],
    };
  });
  const available = installed(peers);
  if (available.length > 0) for (const id of ['same', 'changed']) prepareBundle(scratch, { layout, tag }, id);
  return available;
}

function prepareBundle(scratch: Bench['scratch'], { layout, tag }: Pick<BenchImage, 'layout' | 'tag'>, id: string) {
  const [bundle, copy] = [scratch.absent(`${id}-bundle`), scratch.absent(`${id}-layout`)];
  cpSync(layout, copy, { recursive: true });
  run(['umoci', 'unpack', '--image', `${copy}:${tag}`, bundle]);
  if (id === 'changed') installPackage(path.join(bundle, 'rootfs'));
}

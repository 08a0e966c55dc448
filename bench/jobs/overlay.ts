import { spawnSync } from 'node:child_process';
import { installPackage, largeImage, snapshot, unpacked } from '../changed-tree.ts';
import type { BenchImage } from '../images.ts';
import type { Bench, Job, Rows } from '../job.ts';
import { holdfast } from '../programs.ts';

/** The same changes as in the snapshot of a directory, but an overlay has kept them apart. */
export const overlayJob: Job = {
  name: 'overlay',
  title: 'Snapshot of an overlay over 140 000 names',
  contenders: async (bench) => {
    const image = await largeImage(bench);
    const [same, changed] = [mounted(bench, image, 'same'), mounted(bench, image, 'changed')];
    installPackage(changed);
    return [
      snapshot(bench, image, same, { id: 'same', title: 'holdfast snapshot, nothing changed' }),
      snapshot(bench, image, changed, { id: 'changed', title: 'holdfast snapshot, one package installed' }),
      { id: '--version', title: 'holdfast --version', note: 'what starting costs', command: holdfast('--version') },
    ];
  },
  goals: [{ text: 'within 100 ms and what the change costs', value: (rows) => wall(rows, 'same'), atMost: 100 }],
};

function wall(rows: Rows, id: string): number | undefined {
  return rows.get(id)?.wallMs;
}

/** Unmounted when the job is over. */
function mounted(bench: Bench, image: BenchImage, name: string): string {
  const root = unpacked(bench, image, name, '--overlay');
  bench.lifetime.defer(() => spawnSync('umount', [root]));
  return root;
}

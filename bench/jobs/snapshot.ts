import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { ratio } from '../goals.ts';
import type { BenchImage } from '../images.ts';
import type { Bench, Contender, Job, Rows } from '../job.ts';
import { holdfast, installed, type Peer, titled } from '../programs.ts';
import { manyEntries } from '../synthetic.ts';

/** So many entries give a tree of about 140 000 names. */
const entries = 187_000;
/** What a middling Debian package installs. */
const filesOfPackage = 300;

const everything = '%y %D %i %n %m %U %G %s %T@ %C@ %l %P\\0';

/** What has changed in a large unpacked tree: nothing, or what installing one package does. */
export const snapshotJob: Job = {
  name: 'snapshot',
  title: 'Snapshot of a tree of 140 000 names',
  contenders: async (bench) => {
    const { scratch, signal } = bench;
    const image = await manyEntries(scratch.empty('large'), entries, signal);
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

function unpacked({ scratch }: Bench, { reference }: BenchImage, name: string): string {
  const root = scratch.absent(name);
  run(holdfast('unpack', '--quiet', reference, root), { XDG_CACHE_HOME: scratch.path('cache') });
  return root;
}

function snapshot({ scratch }: Bench, { reference }: BenchImage, root: string, row: Pick<Contender, 'id' | 'title'>) {
  const command = holdfast('snapshot', '--base', reference, root, '-o', scratch.path('layer.tar'));
  return { ...row, command, env: { XDG_CACHE_HOME: scratch.path('cache') }, once: command };
}

/** Both end by writing the layer into their layout, compressed. */
function repacks({ scratch }: Bench, { layout, tag }: BenchImage): readonly Contender[] {
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

function installPackage(root: string): void {
  const files = path.join(root, 'usr/share/installed');
  mkdirSync(files, { recursive: true });
  for (let at = 0; at < filesOfPackage; at++) writeFileSync(path.join(files, `file-${at}`), `content ${at}\n`);
  const database = path.join(root, 'var/lib/dpkg');
  mkdirSync(database, { recursive: true });
  appendFileSync(path.join(database, 'status'), 'Package: installed\n');
}

function run([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

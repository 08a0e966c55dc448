import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchImage } from '../images.ts';
import type { Bench, Contender, Job, Rows } from '../job.ts';
import { holdfast } from '../programs.ts';
import { manyEntries } from '../synthetic.ts';

/** So many entries give a tree of about 140 000 names. */
const entries = 187_000;
/** What a middling Debian package installs. */
const filesOfPackage = 300;

/** The same changes as in the snapshot of a directory, but an overlay has kept them apart. */
export const overlayJob: Job = {
  name: 'overlay',
  title: 'Snapshot of an overlay over 140 000 names',
  contenders: async (bench) => {
    const image = await manyEntries(bench.scratch.empty('large'), entries, bench.signal);
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
function mounted({ scratch, lifetime }: Bench, { reference }: BenchImage, name: string): string {
  const root = scratch.absent(name);
  run(holdfast('unpack', '--overlay', '--quiet', reference, root), { XDG_CACHE_HOME: scratch.path('cache') });
  lifetime.defer(() => spawnSync('umount', [root]));
  return root;
}

function snapshot(
  { scratch }: Bench,
  { reference }: BenchImage,
  root: string,
  row: Pick<Contender, 'id' | 'title'>,
): Contender {
  const command = holdfast('snapshot', '--base', reference, root, '-o', scratch.path('layer.tar'));
  return { ...row, command, env: { XDG_CACHE_HOME: scratch.path('cache') }, once: command };
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

import { spawnSync } from 'node:child_process';
import os from 'node:os';
import { ratio } from '../goals.ts';
import type { BenchImage } from '../images.ts';
import type { Bench, Contender, Job, Rows } from '../job.ts';
import { holdfast, shell, titled } from '../programs.ts';
import { manyEntries } from '../synthetic.ts';

/** So many entries give a tree of about 140 000 names. */
const entries = 187_000;
const everything = '%y %D %i %n %m %U %G %s %T@ %C@ %l %P\\0';

/** Whether an unpacked tree is its image: the big one with all its content, one of many names without. */
export const verifyJob: Job = {
  name: 'verify',
  title: 'Verify an unpacked tree',
  contenders: async (bench) => {
    const { scratch, signal } = bench;
    const many = await manyEntries(scratch.empty('many'), entries, signal);
    const [root, manyRoot] = [unpacked(bench, bench.big(), 'root'), unpacked(bench, many, 'many-root')];
    return [
      verify(bench, bench.big(), root, { id: 'verify', title: 'holdfast verify' }),
      {
        ...verify(bench, bench.big(), root, { id: 'first', title: 'holdfast verify, nothing known of the layers' }),
        env: { XDG_CACHE_HOME: scratch.path('cold-cache') },
        before: () => void scratch.empty('cold-cache'),
      },
      {
        id: 'sha256sum',
        title: `${titled('sha256sum')}, as many at once as there are processors`,
        note: 'compares nothing',
        command: shell(
          'cd "$1" && find . -type f -print0 | xargs -0 -P "$2" -n 200 sha256sum',
          root,
          String(os.availableParallelism()),
        ),
      },
      verify(bench, many, manyRoot, {
        id: 'quick',
        title: 'holdfast verify --quick, 140 000 names',
        flags: ['--quick'],
      }),
      {
        id: 'find',
        title: `${titled('find')} -printf, 140 000 names`,
        note: 'prints what it sees, compares nothing',
        command: ['find', manyRoot, '-printf', everything],
      },
    ];
  },
  goals: [
    { text: 'at most 1.25 times as long as sha256sum', value: against('verify', 'sha256sum'), atMost: 1.25 },
    { text: 'quick: at most 1.5 times as long as find', value: against('quick', 'find'), atMost: 1.5 },
  ],
};

function against(id: string, other: string): (rows: Rows) => number | undefined {
  return (rows) => ratio(rows.get(id)?.wallMs, rows.get(other)?.wallMs);
}

/** `once` reads the layers, so that what is measured is the tree. */
function verify(
  { scratch }: Bench,
  { reference }: BenchImage,
  root: string,
  { flags = [], ...row }: Pick<Contender, 'id' | 'title'> & { readonly flags?: readonly string[] },
): Contender {
  const command = holdfast('verify', ...flags, reference, root);
  return { ...row, command, env: { XDG_CACHE_HOME: scratch.path('cache') }, once: command };
}

function unpacked({ scratch }: Bench, { reference }: BenchImage, name: string): string {
  const root = scratch.absent(name);
  const [program = '', ...args] = holdfast('unpack', '--quiet', reference, root);
  const env = { ...process.env, XDG_CACHE_HOME: scratch.path('cache') };
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return root;
}

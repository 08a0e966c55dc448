import type { Bench, Contender, Job, Rows } from '../job.ts';
import { holdfast } from '../programs.ts';

/** Looking inside an image that was seen before: every question is a new process. */
export const lookJob: Job = {
  name: 'look',
  title: 'Look inside the big image, index cached',
  contenders: (bench) => [
    look(bench, 'ls'),
    look(bench, 'ls', '-R'),
    look(bench, 'links'),
    { id: '--version', title: 'holdfast --version', command: holdfast('--version') },
    {
      id: 'node',
      title: 'node with nothing to do',
      note: 'no Node program is faster',
      command: [process.execPath, '-e', '0'],
    },
  ],
  goals: [
    { text: 'ls within 200 ms', value: wall('ls'), atMost: 200 },
    { text: 'ls -R within 200 ms', value: wall('ls -R'), atMost: 200 },
    { text: 'links within 200 ms', value: wall('links'), atMost: 200 },
    { text: '--version within 80 ms', value: wall('--version'), atMost: 80 },
  ],
};

function look({ scratch, big }: Bench, ...command: readonly string[]): Contender {
  const { reference } = big();
  return {
    id: command.join(' '),
    title: `holdfast ${command.join(' ')}`,
    command: holdfast(...command, reference),
    env: { XDG_CACHE_HOME: scratch.path('cache') },
    once: holdfast('links', reference),
  };
}

function wall(id: string): (rows: Rows) => number | undefined {
  return (rows) => rows.get(id)?.wallMs;
}

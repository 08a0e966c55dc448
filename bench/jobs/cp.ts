import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Bench, Job, Rows } from '../job.ts';
import { holdfast } from '../programs.ts';

/** Copying into images that were seen before, within one layout: what it costs must not depend on how large they are. */
export const cpJob: Job = {
  name: 'cp',
  title: 'Copy paths into an image of the same layout, index cached',
  contenders: (bench) => {
    const { layout, reference } = bench.big();
    const tools = directoryWithTool(bench);
    const into = (from: string, image: string, tag: string): readonly string[] => {
      return holdfast('cp', '--from', from, '--into', image, '--to', `oci:${layout}:${tag}`);
    };
    const env = { XDG_CACHE_HOME: bench.scratch.path('cache') };
    const file = [...into(tools, reference, 'file'), '/bin/tool', '/bin/'];
    return [
      { id: 'file', title: 'a file into the big image', command: file, once: file, env },
      {
        id: 'image',
        title: 'all of the big image onto a small one',
        command: [...into(reference, `oci:${layout}:small`, 'image'), '/', '/'],
        once: [...into(tools, 'scratch', 'small'), '/', '/opt/'],
        env,
      },
      {
        id: 'node',
        title: 'node with nothing to do',
        note: 'no Node program is faster',
        command: [process.execPath, '-e', '0'],
      },
    ];
  },
  goals: [
    { text: 'a file into the big image within 300 ms', value: wall('file'), atMost: 300 },
    { text: 'all of the big image onto another within 300 ms', value: wall('image'), atMost: 300 },
  ],
};

function directoryWithTool({ scratch }: Bench): string {
  const directory = scratch.empty('tools');
  mkdirSync(join(directory, 'bin'));
  writeFileSync(join(directory, 'bin/tool'), '#!/bin/sh\n', { mode: 0o755 });
  return `rootfs:${directory}`;
}

function wall(id: string): (rows: Rows) => number | undefined {
  return (rows) => rows.get(id)?.wallMs;
}

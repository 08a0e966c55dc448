import { type ExitMeaning, exitCodes } from '../../src/base/index.ts';
import { table } from './markdown.ts';

const meanings: Readonly<Record<ExitMeaning, string>> = {
  done: 'Done.',
  failed: 'Failed for another reason, such as a directory that is in use.',
  usage: 'The command line is wrong.',
  findings: 'Differences or findings.',
  notFound: 'There is no such file, image, tag, platform or path.',
  authentication: 'The registry wants other credentials.',
  network: 'The network failed.',
  image: 'The image is malformed, damaged or unsafe, or asks for more than a limit allows.',
  host: 'The machine cannot hold it: privileges, space, a read-only file system.',
  store: 'The local store is damaged or in use.',
  build: 'A build failed.',
  bug: 'Something in Holdfast that should never happen.',
  interrupted:
    'Stopped by SIGINT; 143 by SIGTERM, 129 by SIGHUP. What had been begun was removed, or is kept to be resumed.',
};

export function exitCodeTable(): string {
  const rows = Object.entries(meanings).map(([meaning, text]) => [exitCodes[meaning as ExitMeaning], text] as const);
  const all = [...rows, [141, 'The reader of stdout went away, as for any program that SIGPIPE stops.'] as const];
  return table(
    ['code', 'meaning'],
    all.sort(([a], [b]) => a - b).map(([code, text]) => [String(code), text]),
  );
}

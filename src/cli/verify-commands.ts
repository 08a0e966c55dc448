/** The command that says whether what runs is what was built. */
import { type CommandSpec, common, image, limits, network } from './command-spec.ts';
import { tree } from './snapshot-commands.ts';

const cause = '{"hazard","text","confidence"}|null';
const fault = `{"kind","paths":[PATH],"expected":{…}|null,"found":{…}|null,"layer":N|null,"cause":${cause}}`;

export const verifyCommands: readonly CommandSpec[] = [
  {
    name: 'verify',
    summary: 'Tell whether a tree is what an image says, and why not.',
    description:
      'Compares kinds, content, modes, owners, times, xattrs, device numbers, texts of symbolic links, and hard links as sets of names. Facts that TREE cannot know are not compared, and are named. What nobody could look at (mounts, what may not be read) is listed, and then the answer is not yes. What container engines put into every container is not compared where TREE is a container, or holds /.dockerenv or /run/.containerenv, and is listed; --all compares it too. The exit code is 3 when TREE is not what IMAGE says. --platform, --at-layer and --on-conflict are for IMAGE.',
    examples: [
      { about: 'a running container', command: 'holdfast verify app:1 docker:web' },
      { about: 'a directory', command: 'holdfast verify debian:12 ./rootfs' },
      { about: 'links and metadata only', command: 'holdfast verify --quick oci:images:app rootfs:/mnt/app' },
      {
        about: 'what docker export gives',
        command: 'docker export web | holdfast verify --ignore var/log app:1 tar:-',
      },
    ],
    arguments: [image, tree('TREE', 'what should be the same')],
    options: [
      ...(['quick', 'leaveOut', 'compareAll', 'tokenFile'] as const),
      ...(['platform', 'atLayer', 'onConflict', 'uidMap', 'gidMap', 'hostXattrs', 'crossMounts', 'jobs'] as const),
      ...network,
      ...common,
      ...limits,
    ],
    json: `{"ok":BOOL,"image","tree","faults":[${fault}],"ignored":[{"path","what","why"}],"unseen":[{"path","kind","what"?,"errno"?}],"names":N,"filesRead":N,"notCompared":[FACT],"times","notes":[NOTE]}`,
    load: () => import('./commands/verify.ts'),
  },
];

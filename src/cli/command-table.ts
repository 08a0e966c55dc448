/** Every command, once: the parser, the help texts and docs/cli.md are made from this table. */
import { auditCommands } from './audit-commands.ts';
import type { CommandSpec, Example } from './command-spec.ts';
import { cpCommands } from './cp-commands.ts';
import { editCommands } from './edit-commands.ts';
import { fixCommands } from './fix-commands.ts';
import { imageCommands } from './image-commands.ts';
import { mergeCommands } from './merge-commands.ts';
import { probeCommands } from './probe-commands.ts';
import { registryCommands } from './registry-commands.ts';
import { snapshotCommands } from './snapshot-commands.ts';
import { verifyCommands } from './verify-commands.ts';

export type { ArgumentSpec, CommandSpec, Example } from './command-spec.ts';

/** Commands that belong together, the most used first. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: readonly CommandSpec[];
}

const specs: readonly CommandSpec[] = [
  ...imageCommands,
  ...snapshotCommands,
  ...mergeCommands,
  ...cpCommands,
  ...verifyCommands,
  ...auditCommands,
  ...fixCommands,
  ...probeCommands,
  ...editCommands,
  ...registryCommands,
];

export const commandGroups: readonly CommandGroup[] = [
  group('Root file systems', 'unpack export diff snapshot commit'),
  group('Look inside', 'ls tree cat links inspect manifest config digest validate'),
  group('Check and repair', 'verify probe append-probe audit fix'),
  group('Images made of images', 'cp merge append mutate rebase flatten'),
  group('Move images', 'copy pull push tag delete login logout'),
  group('What there is', 'tags catalog referrers serve store'),
];

export const commandTable: readonly CommandSpec[] = commandGroups.flatMap(({ commands }) => commands);

/** What is shown before the commands. */
export const overviewExamples: readonly Example[] = [
  { about: 'a root file system', command: 'holdfast unpack debian:12 rootfs' },
  { about: 'one flat archive', command: 'holdfast export oci:images:debian -o debian.tar' },
  {
    about: 'a copy, digest for digest, between any two places',
    command: 'holdfast copy --all debian:12 oci:images:debian',
  },
  { about: 'a look inside, without unpacking', command: 'holdfast ls -l docker-archive:saved.tar /usr/bin' },
  { about: 'is what runs what was built?', command: 'holdfast verify app:1 docker:web' },
  { about: 'what will go wrong with it, and where?', command: 'holdfast audit app:1' },
];

function group(title: string, names: string): CommandGroup {
  return { title, commands: names.split(' ').flatMap((name) => specs.filter((spec) => spec.name === name)) };
}

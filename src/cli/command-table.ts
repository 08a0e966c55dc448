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

export const commandTable: readonly CommandSpec[] = [
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

/** The commands by what they are for, for the overview. */
export const overviewExamples: readonly Example[] = [
  { about: 'a root file system', command: 'holdfast unpack debian:12 rootfs' },
  { about: 'one flat archive', command: 'holdfast export oci:images:debian -o debian.tar' },
  {
    about: 'a copy, digest for digest, between any two places',
    command: 'holdfast copy --all debian:12 oci:images:debian',
  },
  { about: 'a look inside, without unpacking', command: 'holdfast ls -l docker-archive:saved.tar /usr/bin' },
];

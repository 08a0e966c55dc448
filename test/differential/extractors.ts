/** The extractors that an exported archive is given to, and what each of them cannot restore. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { listingOfDirectory, type TreeListing, xattrsReadable } from '../cases/index.ts';
import { leftOut, type Mask, rootPath, withoutTime, withoutXattrs } from './masks.ts';
import { isInstalled } from './programs.ts';
import { withPath } from './scratch.ts';

export interface Extractor {
  readonly name: string;
  /** With the options without which it restores less than the archive says. */
  readonly command: readonly [program: string, ...flags: string[]];
  /** What it may complain of and still be taken at its word. */
  readonly complaints: RegExp;
  readonly masks: readonly Mask[];
}

const diskMasks: readonly Mask[] = [
  {
    why: 'Linux has user.* xattrs on files and directories only',
    applies: (_, { kind }) => kind !== 'file' && kind !== 'directory',
    without: withoutXattrs((name) => name.startsWith('user.')),
  },
  {
    why: 'listings of directories leave security.selinux out, because the machine may set it by itself',
    applies: () => true,
    without: withoutXattrs((name) => name === 'security.selinux'),
  },
];

export const extractors: readonly Extractor[] = [
  {
    name: 'GNU tar',
    command: ['tar', '-x', '-p', '--numeric-owner', '--xattrs', '--xattrs-include=*', '--delay-directory-restore'],
    complaints: /^tar: .*(implausibly old time stamp|s in the future|xattr)/,
    masks: diskMasks,
  },
  {
    name: 'bsdtar',
    command: ['bsdtar', '-x', '-p', '--numeric-owner', '--xattrs', '--acls', '--fflags'],
    complaints:
      /Cannot restore extended attributes: user\.|^bsdtar: (Error exit delayed|Removing leading drive letter)/,
    masks: [
      ...diskMasks,
      {
        why: 'libarchive 3.6 adds the fraction of a negative time instead of taking it away',
        applies: (_, { mtime }) => mtime.startsWith('-') && !mtime.endsWith('.000000000'),
        without: withoutTime,
      },
      {
        why: 'libarchive 3.6 does not restore the time of the root entry',
        applies: (path) => path === rootPath,
        without: withoutTime,
      },
      {
        why: 'bsdtar takes one letter and a colon for a drive and strips them',
        applies: (path) => path === 'a:b' || path === 'b',
        without: leftOut,
      },
    ],
  },
];

/** Why an extractor cannot be used here; false where it can. */
export function whyMissing({ command: [program] }: Extractor): string | false {
  if (!isInstalled(program)) return `${program} is not installed`;
  return !xattrsReadable && 'getfattr is not installed';
}

/** What an extractor makes of an archive in an empty directory. */
export async function extract(file: string, { command, complaints }: Extractor): Promise<TreeListing> {
  return withPath(async (directory) => {
    fs.mkdirSync(directory, { mode: 0o755 });
    fs.chmodSync(directory, 0o755);
    const [program, ...flags] = command;
    const { error, stderr } = spawnSync(program, [...flags, '-f', file, '-C', directory]);
    assert.equal(error, undefined);
    const unexpected = stderr
      .toString()
      .split('\n')
      .filter((line) => line !== '' && !complaints.test(line));
    assert.deepEqual(unexpected, []);
    return listingOfDirectory(directory);
  });
}

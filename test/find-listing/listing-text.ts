/** Listings written by hand, field by field. */
import { findListingCommands, type FindListing, readFindListing } from '../../src/find-listing/index.ts';
import { spawnSync } from 'node:child_process';
import assert from 'node:assert/strict';

export interface GnuRecord {
  readonly kind?: string;
  readonly device?: string;
  readonly inode?: string;
  readonly links?: string;
  readonly mode?: string;
  readonly uid?: string;
  readonly gid?: string;
  readonly size?: string;
  readonly mtime?: string;
  readonly linkText?: string;
}

let inodes = 100;

/** One record as GNU find prints it: a file, unless told otherwise, of an inode of its own. */
export function record(path: string, more: GnuRecord = {}): string {
  const { kind = 'f', device = '5', inode = String(++inodes), links = '1', mode = '644' } = more;
  const { uid = '0', gid = '0', size = '3', mtime = '1700000000.1234567890', linkText = '' } = more;
  return [kind, device, inode, links, mode, uid, gid, size, mtime, linkText, path]
    .map((field) => `${field}\0`)
    .join('');
}

export const root = record('', { kind: 'd', mode: '755' });

/** A whole listing of these records. */
export function listing(records: string, { mounts = '', status = '0' } = {}): string {
  return `holdfast-listing 1\0/\n\0${records}end\0${status}\0${mounts}\0`;
}

/** The digests of these paths. */
export function digests(lines: readonly (readonly [hex: string, path: string])[]): string {
  const records = lines.map(([hex, path]) => `${hex}  ./${path}\0`).join('');
  return `holdfast-digests 1\0/\n\0${records}end\x000\0\0`;
}

export async function read(text: string): Promise<FindListing> {
  return await readFindListing([Buffer.from(text, 'latin1')], 'listing');
}

/** Runs one of the lines as a person would. */
export function printed(line: string, shell: readonly [string, ...string[]] = ['sh']): Buffer {
  const { stdout, stderr, error } = spawnSync(shell[0], [...shell.slice(1), '-c', line], { maxBuffer: 1024 ** 3 });
  assert.equal(error, undefined);
  assert.doesNotMatch(stderr.toString().replace(/^cat: .*mountinfo.*$/m, ''), /\S/);
  return stdout;
}

/** What the lines for a directory print, by name. */
export function linesFor(directory: string, shell?: readonly [string, ...string[]]): (name: LineName) => Buffer {
  const lines = findListingCommands(directory);
  return (name) => printed(lines[name], shell);
}

type LineName = 'listing' | 'digests' | 'reduced';

/** Why the lines of GNU find cannot be run; false where they can. */
export const whyNoGnuFind: string | false =
  !/GNU/.test(spawnSync('find', ['--version']).stdout?.toString() ?? '') && 'find is not that of GNU';

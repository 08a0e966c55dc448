/** A large unpacked tree, and what installing a package does to it. */
import { spawnSync } from 'node:child_process';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { BenchImage } from './images.ts';
import type { Bench, Contender } from './job.ts';
import { holdfast } from './programs.ts';
import { manyEntries } from './synthetic.ts';

/** So many entries give a tree of about 140 000 names. */
const entries = 187_000;
/** What a middling Debian package installs. */
const filesOfPackage = 300;

export async function largeImage({ scratch, signal }: Bench): Promise<BenchImage> {
  return await manyEntries(scratch.empty('large'), entries, signal);
}

/** @param how further options of `unpack` */
export function unpacked(
  { scratch }: Bench,
  { reference }: BenchImage,
  name: string,
  ...how: readonly string[]
): string {
  const root = scratch.absent(name);
  run(holdfast('unpack', ...how, '--quiet', reference, root), { XDG_CACHE_HOME: scratch.path('cache') });
  return root;
}

/** A snapshot of what `unpacked` made, with everything known of the image. */
export function snapshot(
  { scratch }: Bench,
  { reference }: BenchImage,
  root: string,
  row: Pick<Contender, 'id' | 'title'>,
): Contender {
  const command = holdfast('snapshot', '--base', reference, root, '-o', scratch.path('layer.tar'));
  return { ...row, command, env: { XDG_CACHE_HOME: scratch.path('cache') }, once: command };
}

export function installPackage(root: string): void {
  const files = path.join(root, 'usr/share/installed');
  mkdirSync(files, { recursive: true });
  for (let at = 0; at < filesOfPackage; at++) writeFileSync(path.join(files, `file-${at}`), `content ${at}\n`);
  const database = path.join(root, 'var/lib/dpkg');
  mkdirSync(database, { recursive: true });
  appendFileSync(path.join(database, 'status'), 'Package: installed\n');
}

/** Runs what a job needs before it begins. @throws Error with what the program said when it fails */
export function run([program = '', ...args]: readonly string[], env: Readonly<Record<string, string>> = {}): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8', env: { ...process.env, ...env } });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
}

/** The tar programs on this machine, for tests that compare with them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Peers {
  readonly gnu: string | undefined;
  readonly bsdtar: string | undefined;
  readonly python: string | undefined;
}

const environment = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };

/** What answers to which name, and is what it should be. */
export const peers: Peers = {
  gnu: ['tar', 'gtar'].find((name) => /GNU tar/.test(versionOf(name))),
  bsdtar: ['bsdtar', 'tar'].find((name) => /bsdtar/.test(versionOf(name))),
  python: ['python3'].find((name) => /Python 3/.test(versionOf(name))),
};

/** Why a test that needs a program is skipped; false where it is there. */
export function needs(...names: readonly (keyof Peers)[]): string | false {
  const missing = names.filter((name) => peers[name] === undefined);
  return missing.length > 0 && `needs ${missing.join(', ')}`;
}

function versionOf(program: string): string {
  return spawnSync(program, ['--version']).stdout?.toString() ?? '';
}

export interface Run {
  readonly status: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

export function run(program: string | undefined, args: readonly string[], cwd?: string): Run {
  if (program === undefined) throw new Error('the program is missing; the test should have been skipped');
  const options = { env: environment, maxBuffer: 2 ** 28, timeout: 20_000, ...(cwd === undefined ? {} : { cwd }) };
  const { status, stdout, stderr } = spawnSync(program, args, options);
  return { status, stdout, stderr: stderr.toString('latin1') };
}

/** The output of a run that must succeed. */
export function output(program: string | undefined, args: readonly string[], cwd?: string): Buffer {
  const { status, stdout, stderr } = run(program, args, cwd);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** A directory that is gone when the scope is left. */
export function scratch(): { readonly path: string; [Symbol.dispose](): void } {
  const path = mkdtempSync(join(tmpdir(), 'holdfast-tar-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/** What Python's tarfile says of one member; names and links as latin1. */
export interface PythonMember {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  readonly link: string;
  readonly major: number;
  readonly minor: number;
  readonly sha256: string;
}

const script = `
import hashlib, json, sys, tarfile
def text(name): return name.encode('utf-8', 'surrogateescape').decode('latin-1')
def member(archive, m):
    body = archive.extractfile(m).read() if m.isreg() and m.size < 1 << 24 else b''
    return dict(name=text(m.name), type=m.type.decode('latin-1'), mode=m.mode, uid=m.uid, gid=m.gid, mtime=m.mtime, size=m.size,
        link=text(m.linkname), major=m.devmajor, minor=m.devminor, sha256=hashlib.sha256(body).hexdigest())
def read(path):
    try:
        with tarfile.open(path, 'r:', encoding='utf-8', errors='surrogateescape') as archive:
            return [member(archive, m) for m in archive.getmembers()]
    except Exception as error:
        return None
json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
`;

/** The members of each archive, null for one that Python refuses. */
export function readWithPython(files: readonly string[]): readonly (readonly PythonMember[] | null)[] {
  return JSON.parse(output(peers.python, ['-c', script, ...files]).toString()) as (readonly PythonMember[] | null)[];
}

/** Writes archives side by side and gives their paths. */
export function writeArchives(directory: string, archives: readonly Uint8Array[]): string[] {
  return archives.map((bytes, index) => {
    const path = join(directory, `${index}.tar`);
    writeFileSync(path, bytes);
    return path;
  });
}

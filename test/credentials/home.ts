/** A home of its own for each test, with credential files and helpers that are scripts. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CredentialOptions } from '../../src/credentials/index.ts';

export class Home implements Disposable {
  readonly path = mkdtempSync(join(tmpdir(), 'holdfast-credentials-'));
  readonly docker = join(this.path, '.docker/config.json');
  readonly session = join(this.path, 'run/containers/auth.json');
  readonly podman = join(this.path, '.config/containers/auth.json');

  options(env: Readonly<Record<string, string>> = {}): CredentialOptions {
    const own = { PATH: `${join(this.path, 'bin')}:/usr/bin:/bin`, XDG_RUNTIME_DIR: join(this.path, 'run') };
    return { home: this.path, env: { ...own, HELPER_HOME: this.path, ...env } };
  }

  /** Writes a file; anything but text as JSON. */
  write(path: string, content: unknown): string {
    const target = join(this.path, path.replace(this.path, ''));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content));
    return target;
  }

  read(path: string): unknown {
    return JSON.parse(readFileSync(path, 'utf8'));
  }

  /** A helper of this name that runs a script of sh. */
  helper(name: string, script: string): void {
    chmodSync(this.write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`), 0o755);
  }

  /** A helper that keeps what it is given in files, and notes how it was called. */
  keeper(name: string, kept: Readonly<Record<string, readonly [string, string]>> = {}): void {
    for (const [server, [Username, Secret]] of Object.entries(kept)) {
      this.write(`kept/${encoded(server)}`, { ServerURL: server, Username, Secret });
    }
    this.helper(
      name,
      `input=$(cat); echo "$1 $input" >> "$HELPER_HOME/calls"
mkdir -p "$HELPER_HOME/kept"
server=$(printf %s "$input" | sed 's/.*"ServerURL":"\\([^"]*\\)".*/\\1/')
file="$HELPER_HOME/kept/$(printf %s "$server" | tr / _)"
case $1 in
get) [ -f "$file" ] && cat "$file" || { echo "credentials not found in native keychain"; exit 1; };;
store) printf %s "$input" > "$file";;
erase) rm "$file";;
esac`,
    );
  }

  /** The calls of a keeper, one for each line. */
  calls(): string[] {
    return readFileSync(join(this.path, 'calls'), 'utf8').trimEnd().split('\n');
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** An entry of `auths`. */
export function auth(username: string, password: string): { readonly auth: string } {
  return { auth: Buffer.from(`${username}:${password}`).toString('base64') };
}

function encoded(server: string): string {
  return server.replaceAll('/', '_');
}

/** Which files may hold credentials, in the order in which they are asked. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { CredentialOptions } from './credentials.ts';

export interface CredentialFile {
  readonly path: string;
  /** It was asked for by name, so that it must be there to be read. */
  readonly isRequired: boolean;
}

/** The environment that counts. */
export function environmentOf(options: CredentialOptions): Readonly<Record<string, string | undefined>> {
  return options.env ?? process.env;
}

/**
 * The first of these alone, where it is given: `--authfile`, `REGISTRY_AUTH_FILE`, `$DOCKER_CONFIG/config.json`. Podman
 * reads nothing else then, and Docker has nothing else to read than the last. Otherwise Docker's own file comes before
 * those of Podman: what `login` writes there is found by both, and has to be found here first.
 */
export function credentialFiles(options: CredentialOptions): readonly [CredentialFile, ...CredentialFile[]] {
  const env = environmentOf(options);
  if (options.authfile !== undefined) return [{ path: resolve(options.authfile), isRequired: true }];
  const single = env['REGISTRY_AUTH_FILE'] || (env['DOCKER_CONFIG'] && join(env['DOCKER_CONFIG'], 'config.json'));
  if (single) return [file(resolve(single))];
  const home = options.home ?? (env['HOME'] || homedir());
  return [file(join(home, '.docker', 'config.json')), ...podmanFiles(env, home)];
}

function podmanFiles(env: Readonly<Record<string, string | undefined>>, home: string): CredentialFile[] {
  const configHome = env['XDG_CONFIG_HOME'] || join(home, '.config');
  const runtime = runtimeDirectory(env);
  return [...(runtime === undefined ? [] : [runtime]), join(configHome, 'containers')].map((directory) =>
    file(join(directory, 'auth.json')),
  );
}

/** As containers-auth.json(5) has it; without a session Podman keeps them below /run by user number. */
function runtimeDirectory(env: Readonly<Record<string, string | undefined>>): string | undefined {
  if (env['XDG_RUNTIME_DIR']) return join(env['XDG_RUNTIME_DIR'], 'containers');
  return process.platform === 'linux' ? `/run/containers/${process.getuid?.() ?? 0}` : undefined;
}

function file(path: string): CredentialFile {
  return { path, isRequired: false };
}

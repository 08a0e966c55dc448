/** Certificates for single hosts, in the directories that Docker and Podman use. */
import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { HoldfastError } from '../base/index.ts';
import type { Environment } from './proxy.ts';

/** PEM texts. */
export interface HostCertificates {
  /** Authorities to trust for this host beside the usual ones. */
  readonly authorities: readonly string[];
  readonly client: { readonly certificate: string; readonly key: string } | undefined;
}

/** Where Podman and Docker look, the user's own first. `certs.d` of the system comes after. */
export function defaultCertificateDirectories(env: Environment): readonly string[] {
  const home = env['HOME'] || homedir();
  return [
    join(env['XDG_CONFIG_HOME'] || join(home, '.config'), 'containers', 'certs.d'),
    join(home, '.docker', 'certs.d'),
    '/etc/containers/certs.d',
    '/etc/docker/certs.d',
  ];
}

/**
 * `HOST[:PORT]/*.crt` are authorities, the first `*.cert` with its `*.key` is what this client shows of itself.
 * The default port may be written or not. See docker "Verify repository client with certificates", containers-certs.d(5).
 * @throws TLS_REFUSED when a file cannot be read or has no counterpart
 */
export function readHostCertificates(directories: readonly string[], url: URL): HostCertificates {
  const files = directories.flatMap((directory) => hostNames(url).flatMap((name) => filesOf(join(directory, name))));
  const authorities = files.filter((file) => file.endsWith('.crt')).map((file) => read(file, url));
  const certificate = files.find((file) => file.endsWith('.cert'));
  if (certificate === undefined) return { authorities, client: undefined };
  const key = certificate.replace(/cert$/, 'key');
  if (!files.includes(key)) throw refuse(url, `the client certificate ${certificate} has no key beside it`);
  return { authorities, client: { certificate: read(certificate, url), key: read(key, url) } };
}

function hostNames(url: URL): readonly string[] {
  if (/^\.+$/.test(url.hostname)) return [];
  return url.port === '' ? [url.hostname, `${url.hostname}:443`] : [url.host];
}

function filesOf(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .sort()
      .map((name) => join(directory, name));
  } catch {
    return []; // There is none, or it is not for this user.
  }
}

function read(file: string, url: URL): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw refuse(url, `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`);
  }
}

function refuse(url: URL, reason: string): HoldfastError {
  return new HoldfastError('TLS_REFUSED', { host: url.host, reason, hint: 'put it right, or remove it' });
}

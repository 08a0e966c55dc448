/** Where the daemon listens, by the environment variables of the docker command. */
import fs from 'node:fs';
import path from 'node:path';
import { HoldfastError } from '../base/index.ts';

export type Endpoint =
  | { readonly kind: 'socket'; readonly address: string; readonly path: string }
  | {
      readonly kind: 'tcp';
      readonly address: string;
      /** With the port; an IPv6 address in brackets. */
      readonly authority: string;
      /** Undefined for plain HTTP. */
      readonly certificates: Certificates | undefined;
    }
  | {
      readonly kind: 'ssh';
      readonly address: string;
      readonly host: string;
      readonly user: string | undefined;
      readonly port: string | undefined;
    };

/** PEM. The system's authorities count where none is given. */
export interface Certificates {
  readonly ca: Buffer | undefined;
  readonly cert: Buffer | undefined;
  readonly key: Buffer | undefined;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** @throws USAGE, CREDENTIALS_INVALID */
export function findEndpoint(env: Environment): Endpoint {
  const address = env['DOCKER_HOST'] || defaultAddress(env);
  const [, scheme = 'tcp', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/s.exec(address) ?? [];
  switch (scheme) {
    case 'unix':
    case 'npipe':
      if (rest === '') return refuse(address, 'it has no path');
      return { kind: 'socket', address, path: rest };
    case 'tcp':
    case 'http':
    case 'https':
      return tcpEndpoint(address, rest, env);
    case 'ssh':
      return sshEndpoint(address, rest);
    default:
      return refuse(address, 'the scheme is unknown');
  }
}

function defaultAddress(env: Environment): string {
  if (process.platform === 'win32') return 'npipe:////./pipe/docker_engine';
  const [system, own] = ['/var/run/docker.sock', path.join(env['HOME'] ?? '/', '.docker', 'run', 'docker.sock')];
  // Docker Desktop makes the second, and the first only for administrators.
  return `unix://${!fs.existsSync(system) && fs.existsSync(own) ? own : system}`;
}

function tcpEndpoint(address: string, rest: string, env: Environment): Endpoint {
  const isSecure = Boolean(env['DOCKER_TLS_VERIFY']) || address.startsWith('https:');
  const url = parseUrl(address, `http://${rest}`);
  if (url.hostname === '' || url.username !== '' || url.pathname !== '/' || url.search !== '') {
    return refuse(address, 'it should be tcp://HOST:PORT');
  }
  const port = /:\d+$/.exec(rest.replace(/\/$/, ''))?.[0] ?? (isSecure ? ':2376' : ':2375');
  const certificates = isSecure ? readCertificates(env) : undefined;
  return { kind: 'tcp', address, authority: `${url.hostname}${port}`, certificates };
}

function sshEndpoint(address: string, rest: string): Endpoint {
  const url = parseUrl(address, `http://${rest}`);
  const user = url.username === '' ? undefined : decodeURIComponent(url.username);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const isPlain = url.password === '' && url.pathname === '/' && url.search === '';
  // What begins with a hyphen would be an option of ssh.
  if (host === '' || !isPlain || host.startsWith('-') || user?.startsWith('-') === true) {
    return refuse(address, 'it should be ssh://[USER@]HOST[:PORT]');
  }
  const port = /:(\d+)\/?$/.exec(rest)?.[1];
  return { kind: 'ssh', address, host, user, port };
}

function parseUrl(address: string, text: string): URL {
  try {
    return new URL(text);
  } catch {
    return refuse(address, 'it is malformed');
  }
}

function readCertificates(env: Environment): Certificates {
  const directory = env['DOCKER_CERT_PATH'] || path.join(env['HOME'] ?? '/', '.docker');
  const read = (name: string): Buffer | undefined => readIfThere(path.join(directory, name));
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}

function readIfThere(file: string): Buffer | undefined {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (reason === 'ENOENT') return undefined;
    throw new HoldfastError('CREDENTIALS_INVALID', { source: file, reason }, { cause: error });
  }
}

function refuse(address: string, reason: string): never {
  throw new HoldfastError('USAGE', {
    message: `DOCKER_HOST is ${JSON.stringify(address)}: ${reason}`,
    hint: 'it looks like unix:///var/run/docker.sock, tcp://HOST:PORT or ssh://USER@HOST',
  });
}

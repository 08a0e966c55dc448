/** A daemon on another machine: the user's own ssh, with its keys and known hosts, runs the other end. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { Duplex, Readable, Writable } from 'node:stream';
import type { buildConnector } from 'undici';
import type { Endpoint, Environment } from './endpoint.ts';

type SshEndpoint = Extract<Endpoint, { readonly kind: 'ssh' }>;

const mostComplaint = 4096;

/** As the docker command connects: `docker system dial-stdio` joins its own input and output with the socket there. */
export function connectBySsh(endpoint: SshEndpoint, env: Environment): buildConnector.connector {
  return (_options, callback) => {
    const child = spawn('ssh', sshArguments(endpoint), { stdio: ['pipe', 'pipe', 'pipe'], env: { ...env } });
    child.on('error', (error) => callback(error, null));
    // Its parts are those of a socket that the HTTP client needs.
    child.once('spawn', () => callback(null, joined(child) as unknown as Socket));
  };
}

function sshArguments({ host, user, port }: SshEndpoint): string[] {
  const as = user === undefined ? [] : ['-l', user];
  const at = port === undefined ? [] : ['-p', port];
  return ['-o', 'ConnectTimeout=30', '-T', ...as, ...at, '--', host, 'docker', 'system', 'dial-stdio'];
}

type SshProcess = ChildProcessByStdio<Writable, Readable, Readable>;

/** Both pipes as one stream. Whatever ends it ends ssh. */
function joined(child: SshProcess): Duplex {
  const stream = Duplex.from({ readable: Readable.from(outputOf(child)), writable: inputOf(child) });
  stream.once('close', () => child.kill());
  return stream;
}

/** The input. When it breaks, the output will say why. */
function inputOf({ stdin }: SshProcess): Writable {
  stdin.on('error', () => undefined);
  return new Writable({
    write: (chunk: Uint8Array, _encoding, done) => void stdin.write(chunk, () => done()),
    final: (done) => void stdin.end(() => done()),
  });
}

/** The output; where ssh failed, its end is an error with what ssh said. */
async function* outputOf(child: SshProcess): AsyncGenerator<Uint8Array> {
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, mostComplaint);
  });
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  yield* child.stdout;
  const status = await closed;
  if (status === 0) return;
  const said = complaint.trim().replaceAll(/\s*\n\s*/g, '; ');
  throw new Error(`ssh: ${said || `it ended with status ${String(status)}`}`);
}

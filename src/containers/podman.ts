/** Containers of Podman, which has no daemon: its command is asked. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, type Stream } from 'node:stream';
import { escapeText, HoldfastError, isHoldfastError, maxDocumentBytes } from '../base/index.ts';
import { type ContainerDescription, type Environment, parseContainerDescription } from '../daemon/index.ts';
import { parseJson } from '../oci/index.ts';

export interface PodmanOptions {
  readonly signal?: AbortSignal | undefined;
  readonly env?: Environment | undefined;
}

/** Characters of what it says on stderr that are kept, from the end. */
const keptText = 2000;
const notThere = 'there is no such program on the PATH';

/** @throws IMAGE_NOT_FOUND when there is no such container, PODMAN_REFUSED, the reason of the signal */
export async function inspectByPodman(name: string, options: PodmanOptions): Promise<ContainerDescription> {
  const call: Call = { does: `inspect ${name}`, verb: 'inspect', name };
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of outputOf(call, options)) {
      size += chunk.length;
      if (size > maxDocumentBytes) throw refused(call.does, 'its answer is too long');
      chunks.push(chunk);
    }
  } catch (error) {
    throw isAbsence(error) ? notFound(name) : error;
  }
  return parsed(call.does, Buffer.concat(chunks));
}

/** @throws PODMAN_REFUSED, also when it ends badly; the reason of the signal */
export function exportByPodman(name: string, options: PodmanOptions): AsyncIterable<Uint8Array> {
  return outputOf({ does: `export ${name}`, verb: 'export', name }, options);
}

interface Call {
  /** For messages. */
  readonly does: string;
  readonly verb: 'inspect' | 'export';
  readonly name: string;
}

/**
 * To export, podman opens /dev/stdout anew, which can be done with a pipe of a shell and not with the sockets that Node gives
 * to programs. That it has succeeded is said on a descriptor of its own, for a pipe has the status of its last program.
 */
const script = '{ podman container "$1" -- "$2" && echo done >&3; } | cat';

/** What the command prints. It is killed when nobody listens any more: podman waits for ever otherwise. */
async function* outputOf(
  { does, verb, name }: Call,
  { signal, env = process.env }: PodmanOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const stdio = ['ignore', 'pipe', 'pipe', 'pipe'] as const;
  const child = spawn('sh', ['-c', script, 'sh', verb, name], { env: { ...env }, stdio: [...stdio], detached: true });
  const closed = once(child, 'close');
  // Waited for below; until then nobody else would.
  closed.catch(() => undefined);
  const said = textFrom(child.stdio[2]);
  const status = textFrom(child.stdio[3]);
  const kill = (): void => killGroup(child.pid);
  signal?.addEventListener('abort', kill, { once: true });
  try {
    for await (const chunk of child.stdout ?? []) yield chunk as Uint8Array;
    await closed;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw refused(does, isMissing ? notThere : String(error), error);
  } finally {
    signal?.removeEventListener('abort', kill);
    kill();
  }
  signal?.throwIfAborted();
  if (status() !== 'done\n') throw refused(does, reasonIn(said()));
}

/** The end of what a stream says, as far as it has come. */
function textFrom(stream: Stream | null | undefined): () => string {
  let text = '';
  if (stream instanceof Readable) {
    stream.setEncoding('utf8').on('data', (more: string) => (text = `${text}${more}`.slice(-keptText)));
    // A stream of a program that is not there.
    stream.on('error', () => undefined);
  }
  return () => text;
}

/** The shell and what it has started. */
function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

function reasonIn(said: string): string {
  const text = said.trim();
  if (/podman: (?:command )?not found/.test(text)) return notThere;
  return text.replace(/^Error: /, '') || 'it ended badly';
}

function isAbsence(error: unknown): boolean {
  return isHoldfastError(error, 'PODMAN_REFUSED') && /no such container/i.test(error.data.reason);
}

function notFound(name: string): HoldfastError {
  return new HoldfastError('IMAGE_NOT_FOUND', { reference: `podman:${name}`, reason: 'podman has no such container' });
}

function parsed(does: string, bytes: Uint8Array): ContainerDescription {
  try {
    const [document] = parseJson(bytes, 'the answer') as readonly unknown[];
    return parseContainerDescription(document);
  } catch (error) {
    throw refused(does, 'it answered something else', error);
  }
}

function refused(operation: string, reason: string, cause?: unknown): HoldfastError {
  return new HoldfastError('PODMAN_REFUSED', { operation, reason: escapeText(reason) }, { cause });
}

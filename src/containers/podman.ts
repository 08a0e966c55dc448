/** Containers of Podman, which has no daemon: its command is asked. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { escapeText, HoldfastError, isHoldfastError, maxDocumentBytes } from '../base/index.ts';
import { type ContainerDescription, type Environment, parseContainerDescription } from '../daemon/index.ts';
import { parseJson } from '../oci/index.ts';

export interface PodmanOptions {
  readonly signal?: AbortSignal | undefined;
  readonly env?: Environment | undefined;
}

/** Bytes of what it says on stderr that are kept, from the end. */
const keptReason = 2000;

/** @throws IMAGE_NOT_FOUND when there is no such container, PODMAN_REFUSED, the reason of the signal */
export async function inspectByPodman(name: string, options: PodmanOptions): Promise<ContainerDescription> {
  const does = `inspect ${name}`;
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of outputOf(does, ['container', 'inspect', '--', name], options)) {
      size += chunk.length;
      if (size > maxDocumentBytes) throw refused(does, 'its answer is too long');
      chunks.push(chunk);
    }
  } catch (error) {
    throw isAbsence(error) ? notFound(name) : error;
  }
  return parsed(does, Buffer.concat(chunks));
}

/** @throws PODMAN_REFUSED, also when it ends badly; the reason of the signal */
export function exportByPodman(name: string, options: PodmanOptions): AsyncIterable<Uint8Array> {
  return outputOf(`export ${name}`, ['container', 'export', '--', name], options);
}

/** What the command prints. It is killed when nobody listens any more: podman waits for ever otherwise. */
async function* outputOf(
  does: string,
  argv: readonly string[],
  { signal, env = process.env }: PodmanOptions,
): AsyncGenerator<Uint8Array, void, undefined> {
  signal?.throwIfAborted();
  const child = spawn('podman', argv, { env: { ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(-keptReason)));
  const abort = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', abort, { once: true });
  // Waited for below; until then nobody else would.
  closed.catch(() => undefined);
  try {
    for await (const chunk of child.stdout) yield chunk as Uint8Array;
    await closed;
  } catch (error) {
    signal?.throwIfAborted();
    throw refused(does, reasonOf(error), error);
  } finally {
    signal?.removeEventListener('abort', abort);
    child.kill('SIGKILL');
  }
  signal?.throwIfAborted();
  if (child.exitCode !== 0) throw refused(does, said.trim().replace(/^Error: /, '') || 'it ended badly');
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (code === 'ENOENT') return 'there is no such program on the PATH';
  return error instanceof Error ? error.message : String(error);
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

import { read } from 'read';
import { HoldfastError } from '../base/index.ts';
import type { CommandContext } from './command-context.ts';

/**
 * Asks the person at the terminal. What is secret is not shown, and is taken as it is typed.
 * @throws USAGE when there is no terminal, or it gives no more lines; INTERRUPTED
 */
export async function ask(
  { io, signal }: CommandContext,
  prompt: string,
  { isSecret = false }: { readonly isSecret?: boolean } = {},
): Promise<string> {
  if (!('isTTY' in io.stdin) || io.stdin.isTTY !== true) {
    const hint = 'without a terminal: -u USER --password-stdin';
    throw new HoldfastError('USAGE', { message: 'login cannot ask for the user and the password', hint });
  }
  const input = Object.assign(io.stdin, { isTTY: true });
  const ending = watchEnd(input, signal);
  const answer = read({ prompt, silent: isSecret, input, output: io.stderr as NodeJS.WritableStream });
  try {
    const text = await Promise.race([answer, ending.promise]);
    if (!isSecret) return text.trim();
    // The end of the line is not shown either.
    io.stderr.write('\n');
    return text;
  } catch (error) {
    // The terminal gives Ctrl-C to whoever reads from it, not to the process.
    const isCancelled = error instanceof Error && error.message === 'canceled';
    const reason = isCancelled ? new HoldfastError('INTERRUPTED', { signal: 'SIGINT' }) : error;
    letGo(input);
    io.stderr.write('\n');
    throw reason;
  } finally {
    ending.forget();
  }
}

type Terminal = CommandContext['io']['stdin'] & { readonly setRawMode?: (isRaw: boolean) => unknown };

/** Rejects when there will be no answer any more, of which `read` says nothing. */
function watchEnd(input: Terminal, signal: AbortSignal) {
  const { promise, reject } = Promise.withResolvers<never>();
  promise.catch(() => {});
  const stop = (): void => reject(signal.reason);
  // After Ctrl-D, as after an answer, it lets go of the terminal; an answer comes first.
  const ended = (): void => {
    setImmediate(() => reject(new HoldfastError('USAGE', { message: 'the terminal gave no answer' })));
  };
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop);
  input.on('pause', ended);
  input.on('end', ended);
  const forget = (): void => {
    signal.removeEventListener('abort', stop);
    input.off('pause', ended);
    input.off('end', ended);
  };
  return { promise, forget };
}

/** Gives the terminal back, and lets the process end. */
function letGo(input: Terminal): void {
  input.setRawMode?.(false);
  input.pause();
}

import { read } from 'read';
import { HoldfastError } from '../base/index.ts';
import type { CommandContext } from './command-context.ts';

/**
 * Asks the person at the terminal.
 * @throws USAGE when there is none
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
  const answer = read({ prompt, silent: isSecret, input, output: io.stderr as NodeJS.WritableStream });
  const stopped = new Promise<never>((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  try {
    return (await Promise.race([answer, stopped])).trim();
  } catch (error) {
    // The terminal gives Ctrl-C to whoever reads from it, not to the process.
    if (error instanceof Error && error.message === 'canceled')
      throw new HoldfastError('INTERRUPTED', { signal: 'SIGINT' });
    throw error;
  }
}

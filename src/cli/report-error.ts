/** What a person is told about a failure, and what the process ends with. */
import { constants } from 'node:os';
import { escapeText, HoldfastError, isHoldfastError } from '../base/index.ts';

/** Any caught value as one coded error. */
export function codedError(error: unknown): HoldfastError {
  if (error instanceof HoldfastError) return error;
  if (isSystemError(error)) {
    const { syscall = 'system call', path = '', code: errno } = error;
    return new HoldfastError('HOST_REFUSED', { operation: syscall, path, errno }, { cause: error });
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new HoldfastError('BUG', { message: firstLine(escapeText(message)) }, { cause: error });
}

/** `error: … [CODE]` and, where there is one, `hint: …`; with `debug` the stack and what caused it. */
export function errorText(error: HoldfastError, debug: boolean): string {
  const lines = [`error: ${escapeControls(error.message)} [${error.code}]`];
  if (error.hint !== undefined) lines.push(`hint: ${escapeControls(error.hint)}`);
  if (debug) lines.push(...stackLines(error));
  return `${lines.join('\n')}\n`;
}

/** A stop by a signal has that signal's own exit code. */
export function exitCodeOf(error: HoldfastError): number {
  if (!isHoldfastError(error, 'INTERRUPTED')) return error.exitCode;
  return signalExitCode(error.data.signal);
}

/** 128 and the number of the signal, as shells have it. */
export function signalExitCode(signal: string): number {
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return 128 + (numbers[signal] ?? 2);
}

/** The machine's refusal that no part of the engine expected, such as EMFILE. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException & { readonly code: string } {
  return error instanceof Error && 'syscall' in error && 'code' in error && typeof error.code === 'string';
}

/** Messages escape what comes from outside; whatever one forgets must not reach a terminal either. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => escapeText(character));
}

function firstLine(text: string): string {
  return text.split('\\n')[0] ?? '';
}

function stackLines(error: Error): string[] {
  const lines = (error.stack ?? '').split('\n').slice(1).map(escapeControls);
  const { cause } = error;
  if (!(cause instanceof Error)) return lines;
  return [...lines, `caused by: ${escapeControls(`${cause.name}: ${cause.message}`)}`, ...stackLines(cause)];
}

import { parentPort } from 'node:worker_threads';
import { HoldfastError, type SerializedError } from '../base/index.ts';

/** What a worker answers. Errors travel as data: structuredClone would strip their class and code. */
export type Answer<Output> =
  | { readonly kind: 'result'; readonly output: Output }
  | { readonly kind: 'error'; readonly error: SerializedError }
  | { readonly kind: 'crash'; readonly name: string; readonly message: string; readonly stack: string };

/** Makes this worker thread answer each message with the result of a task. */
export function serveTasks<Output>(
  run: (input: never) => Promise<Output>,
  transfer: (output: Output) => ArrayBuffer[],
): void {
  const port = parentPort;
  if (port === null) throw new TypeError('serveTasks runs in worker threads only');
  port.on('message', (input) => {
    run(input as never).then(
      (output) => port.postMessage({ kind: 'result', output } satisfies Answer<Output>, transfer(output)),
      (error: unknown) => port.postMessage(asAnswer(error)),
    );
  });
}

function asAnswer(error: unknown): Answer<never> {
  if (error instanceof HoldfastError) return { kind: 'error', error: error.toJSON() };
  if (!(error instanceof Error)) return { kind: 'crash', name: 'Error', message: String(error), stack: '' };
  return { kind: 'crash', name: error.name, message: error.message, stack: error.stack ?? '' };
}

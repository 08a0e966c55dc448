import { HoldfastError } from '../base/index.ts';
import type { CommandIo } from './io.ts';
import { signalExitCode } from './report-error.ts';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** The first signal lets the operation clean up, the second ends the process at once. */
export function interruption(io: CommandIo): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) io.exit(signalExitCode(signal));
    else controller.abort(new HoldfastError('INTERRUPTED', { signal }));
  };
  for (const signal of signals) io.signals.on(signal, onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => {
      for (const signal of signals) io.signals.off(signal, onSignal);
    },
  };
}

import type { HostCalls } from './calls.ts';
import { findKoffi } from './koffi.ts';
import { nativeCalls } from './native-calls.ts';
import { nodeCalls } from './node-calls.ts';

let calls: HostCalls | undefined;

/**
 * The calls of this machine: native, or degraded where koffi cannot be used. Looked up at the first call, so that a
 * command that touches no file system does not load koffi.
 */
export const host: HostCalls = new Proxy({} as HostCalls, {
  get: (_target, name) => {
    calls ??= selectCalls();
    return calls[name as keyof HostCalls];
  },
});

function selectCalls(): HostCalls {
  const koffi = findKoffi();
  return koffi ? nativeCalls(koffi) : nodeCalls();
}

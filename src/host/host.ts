import type { HostCalls } from './calls.ts';
import { loadNativeCalls } from './native-calls.ts';
import { nodeCalls } from './node-calls.ts';

/** The calls of this machine. `HOLDFAST_NATIVE=0` asks for the degraded mode. */
export const host: HostCalls = selectCalls();

function selectCalls(): HostCalls {
  if (process.env['HOLDFAST_NATIVE'] === '0' || process.platform !== 'linux') return nodeCalls();
  try {
    return loadNativeCalls();
  } catch {
    return nodeCalls();
  }
}

import type { HostCalls } from './calls.ts';
import { koffi } from './koffi.ts';
import { nativeCalls } from './native-calls.ts';
import { nodeCalls } from './node-calls.ts';

/** The calls of this machine: native, or degraded where koffi cannot be used. */
export const host: HostCalls = koffi ? nativeCalls(koffi) : nodeCalls();

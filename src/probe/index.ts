/**
 * The probe: the tree of the machine it runs on, told over HTTP to whoever brings the token. It only reads, and it loads
 * nothing of images and registries.
 */
export { checkedToken, shortestToken } from './access.ts';
export { probeHandler, type ProbeHandler } from './probe-handler.ts';
export type { ProbeOptions, ProbeRequest, WriteTestResult } from './probe-options.ts';
export { defaultProbeAddress, type ProbeServerOptions, type RunningProbe, startProbe } from './start-probe.ts';
export { writeTest } from './write-test.ts';

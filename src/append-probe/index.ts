/** An image with the probe in it: the one-file build, and a Node where the image has none. */
export { appendProbe, type AppendProbeOptions, type AppendProbeResult, type ProbeStart } from './append-probe.ts';

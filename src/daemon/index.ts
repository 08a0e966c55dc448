/** The Docker Engine over its socket: images as tar streams, in and out. It knows no layers. */
export { type ContainerDescription, parseContainerDescription } from './container-description.ts';
export type { Daemon, DaemonOptions, DaemonVersion } from './daemon.ts';
export type { Environment } from './endpoint.ts';
export { openDaemon } from './open-daemon.ts';

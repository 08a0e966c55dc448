/** The contract of a container, whatever runs it. */
import type { ByteString } from '../base/index.ts';

export type ContainerEngine = 'docker' | 'podman';

export interface Container extends AsyncDisposable {
  readonly engine: ContainerEngine;
  /** Where something is mounted by its configuration, relative to its root. */
  readonly mounts: readonly ByteString[];
  /**
   * A directory of this machine that is the root of the container, mounts included, with owners as the container has them.
   * Undefined while it does not run, runs elsewhere, or has ids of its own.
   */
  liveRoot(): string | undefined;
  /**
   * Its own file system as a tar stream, with nothing of what is mounted over it.
   * @throws IMAGE_NOT_FOUND, HOST_UNREACHABLE, DAEMON_REFUSED, PODMAN_REFUSED, the reason of the signal
   */
  exportFiles(signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

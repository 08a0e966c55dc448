/** The contract of a Docker Engine. */
import type { Digest } from '../base/index.ts';
import type { ImageName } from '../oci/index.ts';
import type { ContainerDescription } from './container-description.ts';

export interface DaemonOptions {
  readonly signal?: AbortSignal | undefined;
}

export interface DaemonVersion {
  /** Of the engine, such as `28.2.2`. */
  readonly version: string;
  readonly apiVersion: string;
  readonly os: string;
  readonly architecture: string;
}

/**
 * Images in and out of a Docker Engine. Every call throws HOST_UNREACHABLE, TLS_REFUSED, DAEMON_REFUSED, and the reason
 * of the signal.
 */
export interface Daemon extends AsyncDisposable {
  /** As DOCKER_HOST has it, for messages. */
  readonly address: string;
  /** Asks who is there: the way to find out whether anybody is. */
  version(options?: DaemonOptions): Promise<DaemonVersion>;
  /**
   * The ID an image has in the daemon: the digest of its config, or, where the daemon keeps its images in containerd,
   * that of its manifest or index.
   * @throws IMAGE_NOT_FOUND
   */
  imageId(name: ImageName, options?: DaemonOptions): Promise<Digest>;
  /** @param container name or ID @throws IMAGE_NOT_FOUND when there is no such container */
  inspectContainer(container: string, options?: DaemonOptions): Promise<ContainerDescription>;
  /**
   * The files of a container as a tar stream: what its own file system holds, and nothing of what is mounted over it.
   * @throws IMAGE_NOT_FOUND when there is no such container
   */
  exportContainer(container: string, options?: DaemonOptions): AsyncIterable<Uint8Array>;
  /** A docker-archive of the image, as `docker save` writes it. @throws IMAGE_NOT_FOUND */
  saveImage(name: ImageName, options?: DaemonOptions): AsyncIterable<Uint8Array>;
  /**
   * Gives the daemon a docker-archive, as `docker load` does. What the chunks throw comes out again; the daemon then has
   * an archive that ends too early, which it drops.
   * @param chunks each is taken before the next is asked for
   */
  loadImage(chunks: AsyncIterable<Uint8Array>, options?: DaemonOptions): Promise<void>;
}

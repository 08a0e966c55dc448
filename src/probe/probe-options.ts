/** What a probe is told when it is made. */
import type { Limits } from '../base/index.ts';

export interface ProbeOptions {
  /** The secret that every request has to bring, as `Authorization: Bearer …`: 24 characters or more. */
  readonly token: string | undefined;
  /** The directory whose tree is told; "/" unless given. Nothing outside of it is ever looked at. */
  readonly root?: string | undefined;
  /** Where the probe's own addresses begin: the path of a URL, "/" for a server of its own. */
  readonly mountPath?: string | undefined;
  /** Go on where something is mounted, too: /proc and /sys then are read as any other directory. */
  readonly crossMounts?: boolean | undefined;
  /** Tell xattrs that belong to the host's own policy too, such as security.selinux. */
  readonly hostXattrs?: boolean | undefined;
  /** 50 000 unless given. */
  readonly entriesPerSecond?: number | undefined;
  /** Bytes of content that are read and hashed; 256 MiB unless given. */
  readonly bytesPerSecond?: number | undefined;
  /** What was found out by `writeTest`, to be told. */
  readonly writeTest?: WriteTestResult | undefined;
  readonly limits?: Limits | undefined;
  /** Told of each request once its answer is over. */
  readonly onRequest?: ((record: ProbeRequest) => void) | undefined;
}

/** One request and its answer. Holds no credential. */
export interface ProbeRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly status: number;
  /** Lines of the answer: entries or digests. */
  readonly lines: number;
  readonly milliseconds: number;
  readonly client: string;
  /** What went wrong, by its code. */
  readonly error?: string;
}

/** What the file system of a directory does to what is written there. Null: it could not be tried. */
export interface WriteTestResult {
  readonly directory: string;
  /** Whether link(2) makes a second name, which lstat shows to be the same inode. */
  readonly link: boolean | null;
  /** Whether what is written through one name is read through the other, and both still are one inode. */
  readonly linkAfterWrite: boolean | null;
  /** Whether `user.*` xattrs are kept. */
  readonly xattrs: boolean | null;
  /** Whether times are kept to the nanosecond. */
  readonly nanoseconds: boolean | null;
  /** The first refusal of the system, by its errno. */
  readonly errno?: string;
}

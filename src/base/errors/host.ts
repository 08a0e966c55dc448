/** The machine cannot do what is asked, or refused while it was being done. */
import { define } from './define.ts';
import { quoteText } from './quote.ts';

export interface LossSummary {
  /** What is lost, such as "owner" or "device". */
  readonly kind: string;
  readonly count: number;
  readonly example: string;
}

export const hostErrors = {
  HOST_LOSS: define<{ losses: readonly LossSummary[] }>({
    exit: 'host',
    about: 'The target cannot hold something of the image exactly, and --allow-lossy was not given.',
    message: (data) =>
      `the target cannot hold the image exactly: ${data.losses
        .map((loss) => `${loss.kind} (${loss.count}, such as ${quoteText(loss.example)})`)
        .join('; ')}`,
    hint: 'run as root, choose another target, or accept the losses with --allow-lossy',
  }),
  HOST_REFUSED: define<{ operation: string; path: string; errno: string; hint?: string }>({
    exit: 'host',
    about: 'The operating system refused an operation: no space, read-only, no permission.',
    message: (data) => `${data.operation} ${quoteText(data.path)}: ${data.errno}`,
    hint: (data) =>
      data.hint ??
      (data.operation === 'listen on' && data.errno === 'EACCES' ? 'ports below 1024 are for root' : undefined) ??
      {
        ENOSPC: 'the file system is full; free some space or choose another target, for temporary files with TMPDIR',
        EROFS: 'the file system is read-only; choose another target',
        EDQUOT: 'the disk quota is used up',
        EACCES: 'this user may not read or write there',
        ENOENT: 'there is no such file or directory',
        ENOTDIR: 'a part of the path is a file',
        EISDIR: 'that is a directory, and a file is needed',
        EADDRINUSE: 'another program listens there already; choose another port',
        EADDRNOTAVAIL: 'this machine does not have that address',
      }[data.errno],
  }),
  FILE_NOT_FOUND: define<{ path: string }>({
    exit: 'notFound',
    about: 'There is no such file, although it was named as one to read.',
    message: ({ path }) => `${quoteText(path)}: there is no such file`,
  }),
  HOST_UNSUPPORTED: define<{ what: string; hint?: string }>({
    exit: 'host',
    about: 'This platform or image cannot be handled here, such as a Windows image or a macOS host.',
    message: (data) => data.what,
    hint: (data) => data.hint,
  }),
  MOUNT_REFUSED: define<{ operation: string; errno: string }>({
    exit: 'host',
    about: 'The operating system mounts no overlay file system: no permission, or directories that cannot hold one.',
    message: (data) => `${data.operation}: ${data.errno}`,
    hint: (data) =>
      ({
        EPERM: 'only root may mount; an ordinary user can in a namespace: unshare -Urm',
        EINVAL:
          'the file system of the directory cannot hold an upper directory; choose one on ext4, xfs, btrfs or tmpfs',
        ENODEV: 'this kernel has no overlay file system',
        ENOSYS: 'Holdfast cannot mount on this platform; unpack without --overlay',
      })[data.errno],
  }),
  TARGET_OCCUPIED: define<{ path: string; reason: string; hint?: string }>({
    exit: 'failed',
    about: 'The directory to unpack into exists and is not empty, or is not a directory.',
    message: (data) => `${quoteText(data.path)} ${data.reason}`,
    hint: (data) => data.hint ?? 'choose a directory that does not exist yet or is empty',
  }),
  RECORD_UNUSABLE: define<{ directory: string; record: string }>({
    exit: 'host',
    about:
      'A directory was unpacked with losses, and is not compared with the very image it was unpacked from: what it shows, owners above all, is not what is meant.',
    message: ({ directory }) =>
      `${quoteText(directory)} was unpacked with losses, which only a comparison with the image it was unpacked from makes good`,
    hint: (data) =>
      `use snapshot or commit with that image for the base, or unpack it again; to take what the disk shows for what is meant, remove ${quoteText(data.record)}`,
  }),
  INTERRUPTED: define<{ signal: string }>({
    exit: 'interrupted',
    about:
      'The operation was stopped by a signal. What it had begun was removed; of blobs on their way into a store or layout, what has arrived is kept and resumed.',
    message: (data) => `stopped by ${data.signal}; nothing incomplete is in place`,
  }),
  BUG: define<{ message: string }>({
    exit: 'bug',
    about: 'Something happened in Holdfast that should never happen.',
    message: (data) => `internal error: ${data.message}`,
    hint: 'please report this with the output of the same command and --debug',
  }),
};

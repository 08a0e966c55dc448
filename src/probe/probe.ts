/** What a probe knows and may do: one directory, held open, and how fast it is read. */
import { createHmac, randomBytes } from 'node:crypto';
import { type ByteString, defaultLimits, type Limits } from '../base/index.ts';
import { host } from '../host/index.ts';
import { liveFacts, openRoot, PathHasher, walkDirectory } from '../scan/index.ts';
import type { DigestRecord, StreamFacts, StreamHead, TreeRecord } from '../tree-stream/index.ts';
import { Pace } from './pace.ts';
import type { ProbeOptions } from './probe-options.ts';

const usualEntries = 50_000;
const usualBytes = 256 * 1024 * 1024;
/** What opening a file costs, in bytes that could have been read instead. */
const bytesPerFile = 4096;

export class Probe implements Disposable {
  readonly head: StreamHead;
  readonly #root: number;
  readonly #crossMounts: boolean;
  readonly #hostXattrs: boolean;
  readonly #limits: Limits;
  readonly #entries: Pace;
  readonly #bytes: Pace;
  /** Device and inode numbers say something of the machine that is nobody's business. */
  readonly #secret = randomBytes(32);

  /** @throws IMAGE_NOT_FOUND when there is no such directory, HOST_REFUSED */
  constructor({ root = '/', ...options }: ProbeOptions) {
    this.#crossMounts = options.crossMounts ?? false;
    this.#hostXattrs = options.hostXattrs ?? false;
    this.#limits = options.limits ?? defaultLimits;
    this.#entries = new Pace(options.entriesPerSecond ?? usualEntries);
    this.#bytes = new Pace(options.bytesPerSecond ?? usualBytes);
    this.#root = openRoot(root);
    this.head = { instance: randomBytes(12).toString('hex'), facts: factsHere(this.#hostXattrs) };
  }

  /** The names behind one, or all of them. @throws HOST_REFUSED, LIMIT_EXCEEDED, the reason of the signal */
  async *records(after: ByteString | undefined, signal: AbortSignal): AsyncGenerator<TreeRecord, void, undefined> {
    const crossMounts = this.#crossMounts;
    const names = walkDirectory(this.#root, { after, crossMounts, hostXattrs: this.#hostXattrs, limits: this.#limits });
    for (const { path, inode, problems } of names) {
      await this.#entries.spend(1, signal);
      if (inode === undefined) yield { path, inode, problems };
      else {
        const { identity, ...facts } = inode;
        yield { path, inode: { ...facts, link: identity && this.#linkOf(identity) }, problems };
      }
    }
  }

  /**
   * In the order of the paths.
   * @param onBytes called now and then, while a large file is read
   * @throws HOST_REFUSED when this process runs out of something, the reason of the signal
   */
  async *digests(
    paths: Iterable<ByteString>,
    signal: AbortSignal,
    onBytes: () => Promise<void>,
  ): AsyncGenerator<DigestRecord, void, undefined> {
    using hasher = new PathHasher(this.#root, {
      crossMounts: this.#crossMounts,
      onBytes: async (count) => {
        await this.#bytes.spend(count, signal);
        await onBytes();
      },
    });
    for (const path of paths) {
      await this.#bytes.spend(bytesPerFile, signal);
      const found = await hasher.hash(path);
      yield { path, found: 'sha256' in found ? found : { problem: found } };
    }
  }

  [Symbol.dispose](): void {
    host.close(this.#root);
  }

  /** The same for names of one inode as long as the program runs, and nothing that could be computed elsewhere. */
  #linkOf(identity: string): string {
    return createHmac('sha256', this.#secret).update(identity).digest('base64url').slice(0, 22);
  }
}

/** Names, and beginnings of names, that a process may not see or does not tell. */
const doubtful = [
  'security.selinux',
  'security.ima',
  'system.nfs4_acl',
  'trusted.',
  'trusted.overlay.',
  'user.overlay.',
] as const;

function factsHere(hostXattrs: boolean): StreamFacts {
  const { content, size, mode, symlinkMode, owner, mtime, nanoseconds, device, xattrs } = liveFacts({ hostXattrs });
  const others = { content, size, mode, symlinkMode, owner, mtime, nanoseconds, device };
  if (typeof xattrs === 'boolean') return { ...others, xattrs };
  const isKnown = (name: string): boolean => xattrs((name.endsWith('.') ? `${name}x` : name) as ByteString);
  const except = doubtful.filter((name) => !isKnown(name));
  return { ...others, xattrs: except.length === 0 ? true : { except } };
}

/** The listing of a probe, however often it breaks off. */
import { type ByteString, HoldfastError, toBytes } from '../base/index.ts';
import { walkOrderKey } from '../tree/index.ts';
import { type AssembledTree, TreeAssembler } from '../tree-stream/index.ts';
import { BrokenOff, type ProbeConnection, type ProbeUse } from './probe-connection.ts';

/** A longer path does not fit into a request. */
const longestPosition = 4096;
/** Entries to ask for: all; then, when nothing comes of that, less, for some front ends hold answers back whole. */
const limits = [undefined, 20_000, 2000, 200];
const what = 'the tree';

/** @throws PROBE_REFUSED when nothing more comes, the codes of `ProbeConnection.ask`, LIMIT_EXCEEDED */
export async function listProbe(connection: ProbeConnection, { signal }: ProbeUse): Promise<AssembledTree> {
  const listing = new Listing(connection, signal);
  for (let failures = 0; ;) {
    const before = listing.count;
    try {
      if (await listing.read(limits[failures])) return listing.finish();
      if (listing.count === before) throw new BrokenOff('nothing comes');
    } catch (error) {
      if (!(error instanceof BrokenOff)) throw error;
      failures = listing.count > before ? Math.min(failures, 1) : failures + 1;
      if (failures < limits.length) continue;
      throw new HoldfastError(
        'PROBE_REFUSED',
        { host: connection.host, what, reason: error.message },
        { cause: error },
      );
    }
  }
}

class Listing {
  readonly #connection: ProbeConnection;
  readonly #signal: AbortSignal | undefined;
  readonly #assembler: TreeAssembler;
  /** The last path that can be gone on behind. */
  #position: ByteString | undefined;

  constructor(connection: ProbeConnection, signal: AbortSignal | undefined) {
    this.#connection = connection;
    this.#signal = signal;
    this.#assembler = new TreeAssembler(connection.limits);
  }

  get count(): number {
    return this.#assembler.count;
  }

  /** Goes on; true at the end of the tree. @throws BrokenOff */
  async read(limit: number | undefined): Promise<boolean> {
    const known = this.#assembler.last === undefined ? undefined : walkOrderKey(this.#assembler.last);
    for await (const line of this.#connection.ask({ path: this.#path(limit), what, signal: this.#signal })) {
      if (line.kind === 'end') return line.end === 'complete';
      if (line.kind !== 'record') throw new HoldfastError('TREE_STREAM_INVALID', { reason: 'a line is no entry' });
      const { record } = line;
      // Asked for once more, because the position could not be said more exactly.
      if (known !== undefined && walkOrderKey(record.path) <= known) continue;
      this.#assembler.add(record);
      if (record.path.length <= longestPosition) this.#position = record.path;
    }
    throw new BrokenOff('the answer has no end');
  }

  finish(): AssembledTree {
    return this.#assembler.finish();
  }

  #path(limit: number | undefined): string {
    const query = new URLSearchParams();
    if (this.#position !== undefined) query.set('after', toBytes(this.#position).toString('base64url'));
    if (limit !== undefined) query.set('limit', String(limit));
    return query.size === 0 ? 'tree' : `tree?${query.toString()}`;
  }
}

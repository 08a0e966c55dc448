/** What goes wrong on the way between a client and a test registry. */

/** All that is given must fit. */
export interface FaultMatch {
  readonly method?: string;
  /** Tried on path and query as they were sent. */
  readonly path?: RegExp;
  /** Begin with the nth request that fits, from 1. */
  readonly nth?: number;
}

export type FaultAction =
  /**
   * Close the connection after this many bytes of the body, with the whole Content-Length stated; before any answer
   * when `afterBytes` is absent. What was asked for has been done all the same. `resets`: by RST.
   */
  | { readonly kind: 'cut'; readonly afterBytes?: number; readonly resets?: boolean }
  /** Only so many bytes of the body. `claims`: the Content-Length, of the whole body, of what is sent, or none. */
  | { readonly kind: 'truncate'; readonly bytes: number; readonly claims: 'whole' | 'sent' | 'nothing' }
  /** So many bytes at a time. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly milliseconds: number }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** This instead of what the registry would do. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string | readonly string[]>>;
      readonly body?: string | Uint8Array;
    }
  /** The whole body and status 200, whatever Range says. */
  | { readonly kind: 'ignore-range' }
  /** These headers in the registry's own answer, such as another Content-Range; undefined removes one. */
  | { readonly kind: 'headers'; readonly headers: Readonly<Record<string, string | undefined>> }
  /** One byte of the body inverted; a negative number counts from the end. */
  | { readonly kind: 'corrupt'; readonly byte: number }
  /** More bytes after the body, Content-Length included. */
  | { readonly kind: 'append'; readonly bytes: number }
  /** The body compressed, with `Content-Encoding: gzip`, whatever Accept-Encoding says. */
  | { readonly kind: 'gzip' }
  /** 307 unless given. `{path}` stands for path and query as they were sent. */
  | { readonly kind: 'redirect'; readonly to: string; readonly status?: number }
  /** Nothing more, ever: after so many bytes of the body, or without any answer when `afterBytes` is absent. */
  | { readonly kind: 'hang'; readonly afterBytes?: number }
  /** Close the connection when so many bytes of the request's body have arrived. */
  | { readonly kind: 'drop-upload'; readonly afterBytes: number };

export interface Fault {
  /** Every request unless given. */
  readonly match?: FaultMatch;
  /** How many requests it hits; 1 unless given. */
  readonly times?: number;
  readonly action: FaultAction;
}

/** The faults of a test registry. Each request meets at most one: the first that was added and is due. */
export class RegistryFaults {
  readonly #pending: { readonly fault: Fault; seen: number; left: number }[] = [];

  add(...faults: readonly Fault[]): void {
    for (const fault of faults) this.#pending.push({ fault, seen: 0, left: fault.times ?? 1 });
  }

  /** Forgets all faults that are still to come. */
  clear(): void {
    this.#pending.length = 0;
  }

  /** How many requests are still to be hit. */
  get left(): number {
    return this.#pending.reduce((sum, { left }) => sum + left, 0);
  }

  /** The fault for a request, which counts from now on as met. */
  meet(method: string, path: string): FaultAction | undefined {
    const due = this.#pending.filter((entry) => {
      if (!fits(entry.fault.match ?? {}, method, path)) return false;
      entry.seen += 1;
      return entry.left > 0 && entry.seen >= (entry.fault.match?.nth ?? 1);
    });
    const [first] = due;
    if (first === undefined) return undefined;
    first.left -= 1;
    return first.fault.action;
  }
}

function fits(match: FaultMatch, method: string, path: string): boolean {
  if (match.method !== undefined && match.method !== method) return false;
  // `search` looks at the whole path also for a pattern with the flag `g` or `y`.
  return match.path === undefined || path.search(match.path) >= 0;
}

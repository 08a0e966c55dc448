/** Lines on their way to whoever asked: in pieces, compressed, no faster than they are read. */
import type { ServerResponse } from 'node:http';
import { type Transform, type Writable } from 'node:stream';
import zlib from 'node:zlib';

export type Encoding = 'zstd' | 'gzip' | 'identity';

/** Characters that are sent at once. */
const pieceLength = 32 * 1024;
/** Milliseconds after which a line is sent, however little there is. */
const longestSilence = 2000;
/** Long enough that a reader does not take it for next to nothing. */
const blankLine = `${' '.repeat(400)}\n`;
/** Milliseconds that a reader may take for a piece. */
const readerPatience = 60_000;

/** What whoever asks can read, of what this Node can write; zstd costs a service least. */
export function chooseEncoding(accepted: string | undefined): Encoding {
  const offers = (accepted ?? '')
    .toLowerCase()
    .split(',')
    .map((offer) => offer.trim().split(/\s*;\s*/));
  const takes = (name: string): boolean =>
    offers.some(([coding, ...rest]) => coding === name && !rest.some((weight) => /^q=0(?:\.0*)?$/.test(weight)));
  // Node has it from 22.15 on.
  if (takes('zstd') && typeof zlib.createZstdCompress === 'function') return 'zstd';
  return takes('gzip') ? 'gzip' : 'identity';
}

/** Thrown when nobody reads any more. */
export class ReaderGone extends Error {
  override readonly name = 'ReaderGone';
}

export class LineSender {
  readonly #response: ServerResponse;
  readonly #encoder: Transform | undefined;
  readonly #sink: Writable;
  readonly #closed: Promise<'closed'>;
  #text = '';
  #sentAt = performance.now();

  constructor(response: ServerResponse, encoding: Encoding) {
    this.#response = response;
    this.#encoder = encoderFor(encoding);
    this.#sink = this.#encoder ?? response;
    this.#encoder?.pipe(response);
    this.#encoder?.on('error', () => response.destroy());
    this.#closed = new Promise((resolve) => {
      response.once('close', () => resolve('closed'));
      if (response.closed) resolve('closed');
    });
  }

  /** @throws ReaderGone */
  async send(line: string): Promise<void> {
    this.#text += line;
    if (this.#text.length >= pieceLength || performance.now() - this.#sentAt > longestSilence) await this.#flush();
  }

  /** Says nothing, so that nobody on the way takes the connection for dead. @throws ReaderGone */
  async keepAlive(): Promise<void> {
    if (performance.now() - this.#sentAt > longestSilence) await this.send(blankLine);
  }

  /** Resolves when everything has gone out. @throws ReaderGone */
  async end(): Promise<void> {
    await this.#write();
    this.#sink.end();
    await this.#closedInTime();
  }

  /** Gives up; whoever reads sees that it is not whole. */
  destroy(): void {
    this.#encoder?.destroy();
    this.#response.destroy();
  }

  async #flush(): Promise<void> {
    await this.#write();
    if (this.#encoder && 'flush' in this.#encoder) (this.#encoder as Transform & { flush(): void }).flush();
  }

  async #write(): Promise<void> {
    if (this.#response.destroyed) throw new ReaderGone();
    const text = this.#text;
    this.#text = '';
    this.#sentAt = performance.now();
    if (text === '' || this.#sink.write(text)) return;
    const drained = new Promise<'drained'>((resolve) => {
      this.#sink.once('drain', () => resolve('drained'));
    });
    if ((await this.#inTime(drained)) !== 'drained') throw new ReaderGone();
  }

  async #closedInTime(): Promise<void> {
    await this.#inTime(this.#closed);
    if (!this.#response.writableFinished) throw new ReaderGone();
  }

  async #inTime(event: Promise<unknown>): Promise<unknown> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), readerPatience);
    });
    try {
      const outcome = await Promise.race([event, this.#closed, late]);
      if (outcome === 'late') this.destroy();
      return outcome;
    } finally {
      clearTimeout(timer);
    }
  }
}

function encoderFor(encoding: Encoding): Transform | undefined {
  const { constants } = zlib;
  if (encoding === 'gzip') return zlib.createGzip({ level: 3 });
  if (encoding === 'zstd') return zlib.createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: 1 } });
  return undefined;
}

/** Results: the only thing that ever goes to stdout. */
import { HoldfastError } from '../base/index.ts';
import type { OutputStream } from './io.ts';

/** Whoever reads stdout has gone. Not a failure to tell anybody about. */
export class OutputClosed extends Error {
  override readonly name = 'OutputClosed';
}

const linesPerWrite = 4096;

export class Output {
  readonly #stream: OutputStream;
  #failure: NodeJS.ErrnoException | undefined;
  #prepare: () => void = () => {};

  constructor(stream: OutputStream) {
    this.#stream = stream;
    stream.on('error', (error: NodeJS.ErrnoException) => {
      this.#failure ??= error;
    });
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true;
  }

  /** Called before every write, to make room on a terminal. */
  beforeWriting(prepare: () => void): void {
    this.#prepare = prepare;
  }

  /**
   * Resolves when the data has left the process, so that memory stays bounded.
   * @throws OutputClosed, HOST_REFUSED
   */
  async write(data: string | Uint8Array): Promise<void> {
    if (data.length === 0) return;
    this.#prepare();
    await new Promise<void>((resolve, reject) => {
      if (this.#failure) return reject(refusal(this.#failure));
      this.#stream.write(data, (error) => {
        if (error) reject(refusal(error));
        else resolve();
      });
    });
  }

  /** Writes each text with a newline (or another end) behind it. */
  async writeLines(lines: Iterable<string | Uint8Array>, end = '\n'): Promise<void> {
    let batch: Uint8Array[] = [];
    for (const line of lines) {
      batch.push(typeof line === 'string' ? Buffer.from(line) : line, Buffer.from(end));
      if (batch.length < linesPerWrite) continue;
      await this.write(Buffer.concat(batch));
      batch = [];
    }
    await this.write(Buffer.concat(batch));
  }

  /** Writes a JSON object: one key a line, one element of a list a line. Never builds the whole text. */
  async writeJson(value: object): Promise<void> {
    await this.writeLines(jsonLines(value));
  }
}

function* jsonLines(value: object): Generator<string> {
  const entries = Object.entries(value).filter(([, content]) => content !== undefined);
  yield '{';
  for (const [position, [key, content]] of entries.entries()) {
    const comma = position === entries.length - 1 ? '' : ',';
    const name = `  ${JSON.stringify(key)}: `;
    if (Array.isArray(content) && content.length > 0) yield* listLines(name, content, comma);
    else yield `${name}${JSON.stringify(content)}${comma}`;
  }
  yield '}';
}

function* listLines(name: string, list: readonly unknown[], comma: string): Generator<string> {
  yield `${name}[`;
  for (const [position, element] of list.entries()) {
    yield `    ${JSON.stringify(element)}${position === list.length - 1 ? '' : ','}`;
  }
  yield `  ]${comma}`;
}

function refusal(error: NodeJS.ErrnoException): Error {
  if (error.code === 'EPIPE' || error.code === 'ERR_STREAM_DESTROYED') return new OutputClosed();
  return new HoldfastError(
    'HOST_REFUSED',
    { operation: 'write', path: 'standard output', errno: error.code ?? 'unknown' },
    { cause: error },
  );
}

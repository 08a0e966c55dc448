import { writeFully } from './body-files.ts';
import type { LayerConsumer } from './layer-consumer.ts';

/** Writes the uncompressed layer as it is into an open file, so that its bodies can be read in any order. */
export class StreamFile implements LayerConsumer {
  readonly #file: number;
  #position = 0;

  constructor(file: number) {
    this.#file = file;
  }

  stream(chunk: Uint8Array): void {
    writeFully(this.#file, chunk, this.#position);
    this.#position += chunk.length;
  }

  finish(): void {
    this.#position = 0;
  }

  abort(): void {
    this.#position = 0;
  }
}

/** Wants nothing but the index. */
export const indexOnly: LayerConsumer = { finish: () => {}, abort: () => {} };

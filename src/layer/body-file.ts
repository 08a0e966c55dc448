import fs from 'node:fs';
import { asRefused } from '../host/index.ts';
import type { TableEntry } from '../tree/index.ts';
import type { LayerConsumer } from './layer-consumer.ts';
import { writeFully } from './body-files.ts';

/** Writes the body of one row into an open file, holes included. */
export class BodyFile implements LayerConsumer {
  readonly #file: number;
  readonly #row: number;
  #isOpen = false;

  constructor(file: number, row: number) {
    this.#file = file;
    this.#row = row;
  }

  entry(row: number, entry: TableEntry | undefined): void {
    this.#isOpen = row === this.#row;
    if (!this.#isOpen || entry?.sparse === undefined) return;
    try {
      fs.ftruncateSync(this.#file, entry.size);
    } catch (error) {
      throw asRefused('truncate', 'file', error);
    }
  }

  data(position: number, bytes: Uint8Array): void {
    if (this.#isOpen) writeFully(this.#file, bytes, position);
  }

  finish(): void {
    this.#isOpen = false;
  }

  abort(): void {
    this.#isOpen = false;
  }
}

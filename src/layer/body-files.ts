import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ByteString, toDisplayText } from '../base/index.ts';
import { asRefused, type AttributePolicy, host, type Refusal, setAttributes } from '../host/index.ts';
import type { TableEntry } from '../tree/index.ts';
import type { LayerConsumer } from './layer-consumer.ts';

const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;

/** A refusal with the row of the layer it belongs to. */
export interface RowRefusal extends Refusal {
  readonly row: number;
}

/** Which rows are wanted; undefined means all. */
export type WantedRows = ReadonlySet<number> | undefined;

/** The name of a staged body in its layer's staging directory. */
export function bodyName(row: number): ByteString {
  return String(row) as ByteString;
}

/**
 * Writes the body of every file of a layer into one staging directory, named by row and with its final attributes,
 * so that a survivor needs nothing more than a rename. Empty files are left to whoever places them.
 */
export class BodyFiles implements LayerConsumer {
  readonly refusals: RowRefusal[] = [];
  readonly #directory: number;
  readonly #policy: AttributePolicy;
  readonly #wanted: WantedRows;
  #open: { readonly row: number; readonly file: number; readonly entry: TableEntry } | undefined;

  constructor(directory: number, policy: AttributePolicy, wanted: WantedRows) {
    this.#directory = directory;
    this.#policy = policy;
    this.#wanted = wanted;
  }

  entry(row: number, entry: TableEntry | undefined): void {
    this.#complete();
    if (entry?.kind !== 'file' || entry.size === 0 || this.#wanted?.has(row) === false) return;
    const file = host.open(this.#directory, bodyName(row), O_WRONLY | O_CREAT | O_EXCL, 0o600);
    this.#open = { row, file, entry };
  }

  data(position: number, bytes: Uint8Array): void {
    if (this.#open) writeFully(this.#open.file, bytes, position, this.#open.entry.name);
  }

  finish(): void {
    this.#complete();
  }

  abort(): void {
    if (this.#open) host.close(this.#open.file);
    this.#open = undefined;
  }

  #complete(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    try {
      if (open.entry.sparse) truncate(open.file, open.entry.size);
      for (const refusal of setAttributes({ file: open.file }, open.entry, this.#policy)) {
        this.refusals.push({ ...refusal, row: open.row });
      }
    } catch (error) {
      host.close(open.file);
      throw error;
    }
    host.closeWritten(open.file);
  }
}

/** @param name what an error calls the file. @throws HOST_REFUSED */
export function writeFully(file: number, bytes: Uint8Array, position: number | null, name?: ByteString): void {
  try {
    let written = 0;
    while (written < bytes.length) {
      const at = position === null ? null : position + written;
      written += fs.writeSync(file, bytes, written, bytes.length - written, at);
    }
  } catch (error) {
    if (name !== undefined) throw asRefused('write', toDisplayText(name), error);
    throw asRefused('write to a file in', directoryOf(file), error);
  }
}

/** Where a file is that has no name, or one that nobody has chosen: that is where space is lacking. */
function directoryOf(file: number): string {
  try {
    return path.dirname(fs.readlinkSync(`/proc/self/fd/${file}`));
  } catch {
    return tmpdir();
  }
}

function truncate(file: number, size: number): void {
  try {
    fs.ftruncateSync(file, size);
  } catch (error) {
    throw asRefused('truncate', 'file', error);
  }
}

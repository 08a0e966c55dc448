/** One layer's work as plain data in and out, so that it can run in this thread or in another. */
import type { DiffId, Digest, Limits, Note } from '../base/index.ts';
import type { AttributePolicy } from '../host/index.ts';
import { type Columns, EntryTable, type RareFacts } from '../tree/index.ts';
import { BodyHasher } from './body-digests.ts';
import { BodyFile } from './body-file.ts';
import { BodyFiles, type RowRefusal } from './body-files.ts';
import type { LayerConsumer } from './layer-consumer.ts';
import type { LayerIndex } from './layer-index.ts';
import { ScanControl } from './scan-control.ts';
import { type LayerSource, scanLayer } from './scan-layer.ts';
import { indexOnly, StreamFile } from './stream-file.ts';

/** What is to happen with the content of a layer while it is read. */
export type LayerOutput =
  | { readonly kind: 'none' }
  /** Every file is hashed; see `BodyDigests`. */
  | { readonly kind: 'digests' }
  | {
      readonly kind: 'bodies';
      readonly directory: number;
      readonly policy: AttributePolicy;
      /** The rows whose bodies are wanted; all where the index is not yet known. */
      readonly wanted: ReadonlySet<number> | undefined;
    }
  /** The body of one row, into an open file. */
  | { readonly kind: 'body'; readonly file: number; readonly row: number }
  /** Every uncompressed byte, into an open file. */
  | { readonly kind: 'stream'; readonly file: number };

export interface LayerTask {
  readonly source: LayerSource;
  readonly limits: Limits;
  readonly control: SharedArrayBuffer;
  readonly output: LayerOutput;
}

export interface LayerTaskResult {
  readonly index: {
    readonly digest: Digest;
    readonly storedSize: number;
    readonly diffId: DiffId;
    readonly size: number;
    readonly length: number;
    readonly columns: Columns;
    readonly rare: ReadonlyMap<number, RareFacts>;
    readonly notes: readonly Note[];
    readonly limits: Limits;
  };
  readonly refusals: readonly RowRefusal[];
  /** Of the files in the order of their rows, where they were wanted. */
  readonly digests?: Uint8Array;
}

/** @throws the codes of {@link scanLayer} */
export async function runLayerTask(task: LayerTask): Promise<LayerTaskResult> {
  const consumer = consumerFor(task.output);
  const control = new ScanControl(task.limits, task.control);
  const { table, ...facts } = await scanLayer(task.source, task.limits, control, consumer);
  return {
    index: { ...facts, length: table.length, columns: table.columns, rare: table.rare },
    refusals: consumer instanceof BodyFiles ? consumer.refusals : [],
    ...(consumer instanceof BodyHasher ? { digests: consumer.bytes } : {}),
  };
}

/** The index in a task's result. */
export function indexOf(result: LayerTaskResult): LayerIndex {
  const { length, columns, rare, ...facts } = result.index;
  return { ...facts, table: new EntryTable(length, columns, rare) };
}

/** The buffers of a result that can be handed to another thread without copying. */
export function transferList(result: LayerTaskResult): ArrayBuffer[] {
  return Object.values(result.index.columns)
    .map((column: Uint8Array) => column.buffer)
    .filter((buffer) => buffer instanceof ArrayBuffer);
}

function consumerFor(output: LayerOutput): LayerConsumer {
  switch (output.kind) {
    case 'none':
      return indexOnly;
    case 'digests':
      return new BodyHasher();
    case 'bodies':
      return new BodyFiles(output.directory, output.policy, output.wanted);
    case 'body':
      return new BodyFile(output.file, output.row);
    case 'stream':
      return new StreamFile(output.file);
  }
}

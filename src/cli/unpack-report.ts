/** What `unpack` says as JSON: the library's result with its byte strings as JSON text. */
import { type ByteString, toJsonText } from '../base/index.ts';
import { jsonPath, type NoteFacts, noteFacts } from '../inspect/index.ts';
import type { UnpackResult } from '../unpack/index.ts';

export interface LossFacts {
  readonly kind: string;
  readonly path: string;
  readonly detail: string;
}

export type UnpackReport = Omit<UnpackResult, 'losses' | 'notes'> & {
  readonly losses: readonly LossFacts[];
  readonly notes: readonly NoteFacts[];
};

export function unpackReport(result: UnpackResult): UnpackReport {
  const { record, losses, notes, ...facts } = result;
  return {
    ...facts,
    // The name of a directory comes from the file system, so it is bytes.
    ...(record === undefined ? {} : { record: toJsonText(record as ByteString) }),
    losses: losses.map(({ kind, path, detail }) => ({ kind, path: jsonPath(path), detail })),
    notes: notes.map(noteFacts),
  };
}

/** What `unpack` says as JSON: the library's result with its byte strings as JSON text. */
import { jsonPath } from '../base/index.ts';
import { type NoteFacts, noteFacts } from '../inspect/index.ts';
import type { UnpackOverlayResult, UnpackResult } from '../unpack/index.ts';

export interface LossFacts {
  readonly kind: string;
  readonly path: string;
  readonly detail: string;
}

export type UnpackReport = Omit<UnpackResult, 'losses' | 'notes'> & {
  readonly overlay?: UnpackOverlayResult['overlay'];
  readonly losses: readonly LossFacts[];
  readonly notes: readonly NoteFacts[];
};

export function unpackReport(result: UnpackResult | UnpackOverlayResult): UnpackReport {
  const { losses, notes, ...facts } = result;
  return {
    ...facts,
    losses: losses.map(({ kind, path, detail }) => ({ kind, path: jsonPath(path), detail })),
    notes: notes.map(noteFacts),
  };
}

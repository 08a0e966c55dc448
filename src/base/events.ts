/** What an operation tells while it runs, and how it is stopped. */
import type { Note } from './notes.ts';

export type EngineEvent =
  | {
      readonly kind: 'layer-progress';
      readonly layer: number;
      readonly digest: string;
      readonly bytes: number;
      readonly totalBytes: number;
    }
  | { readonly kind: 'layer-done'; readonly layer: number; readonly digest: string; readonly bytes: number }
  | { readonly kind: 'phase'; readonly phase: 'open' | 'layers' | 'apply' | 'place' | 'write' | 'publish' }
  | { readonly kind: 'note'; readonly note: Note };

/** What every operation accepts. */
export interface OperationOptions {
  /** Aborting rejects the operation with the signal's reason after it has cleaned up. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: EngineEvent) => void;
}

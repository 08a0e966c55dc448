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
  | { readonly kind: 'phase'; readonly phase: 'open' | 'layers' | 'apply' | 'place' | 'write' | 'publish' | 'copy' }
  | { readonly kind: 'note'; readonly note: Note }
  | BlobEvent
  | NetworkEvent;

/** A blob on its way from or to somewhere else. */
export type BlobEvent =
  | {
      readonly kind: 'blob-progress';
      readonly direction: 'download' | 'upload';
      readonly digest: string;
      readonly bytes: number;
      readonly totalBytes: number;
    }
  | { readonly kind: 'blob-done'; readonly digest: string; readonly bytes: number; readonly outcome: BlobOutcome };

/**
 * `reused`: it was in the local store; `existed`: the destination had it; `mounted`: it was in another repository there;
 * `cloned` and `linked`: the file that had it is on the same file system, and now shares its bytes, or has one more name.
 */
export type BlobOutcome =
  | 'downloaded'
  | 'reused'
  | 'uploaded'
  | 'existed'
  | 'mounted'
  | 'written'
  | 'cloned'
  | 'linked';

/** What a host asks for or says beside its answers. */
export type NetworkEvent =
  | {
      readonly kind: 'retry';
      readonly host: string;
      readonly reason: string;
      /** Milliseconds until the next attempt. */
      readonly delay: number;
      /** 1 for the first repetition. */
      readonly attempt: number;
    }
  | { readonly kind: 'host-warning'; readonly host: string; readonly text: string }
  | {
      readonly kind: 'rate-limit';
      readonly host: string;
      readonly remaining: number;
      readonly limit: number | undefined;
      /** Seconds. */
      readonly window: number | undefined;
    }
  /** For --debug: one request and its answer, without credentials and without the queries of signed URLs. */
  | { readonly kind: 'request'; readonly method: string; readonly url: string; readonly status: number };

/** What every operation accepts. */
export interface OperationOptions {
  /** Aborting rejects the operation with the signal's reason after it has cleaned up. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: EngineEvent) => void;
}

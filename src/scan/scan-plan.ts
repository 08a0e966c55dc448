/** What a thread of a scan is told, and what it gives. */
import type { ByteString, Limits } from '../base/index.ts';
import type { KnownRows } from './known-rows.ts';
import type { ScannedRows } from './row-builder.ts';
import type { ScanProblem } from './scan-problem.ts';

/** What is to be scanned and how, the same for all lanes. Plain data. */
export interface ScanPlan {
  /** An open directory; it belongs to all threads. */
  readonly root: number;
  readonly ignore: readonly string[];
  readonly crossMounts: boolean;
  readonly hostXattrs: boolean;
  readonly limits: Limits;
  /** What may be passed over where nobody has touched it since. */
  readonly known?: KnownRows | undefined;
}

/** Where the content of a directory stands: `count` rows from `first` on in this lane; a count of -1: it has vanished. */
export interface ListedDirectory {
  /** The row of the directory, and the lane of that row. */
  readonly lane: number;
  readonly row: number;
  readonly first: number;
  readonly count: number;
}

/** What one lane found. */
export interface ScannedLane extends ScannedRows {
  readonly lane: number;
  readonly directories: readonly ListedDirectory[];
  readonly problems: readonly ScanProblem[];
  readonly ignored: readonly ByteString[];
}

export const vanishedCount = -1;

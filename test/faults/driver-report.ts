/** What the driver tells, and how it marks where its work begins and ends in a trace of system calls. */
import type { ErrorCode } from '../../src/base/index.ts';
import type { ExportResult } from '../../src/export/index.ts';
import type { UnpackResult } from '../../src/unpack/index.ts';

export const beginMarker = '/holdfast-faults/begin';
export const endMarker = '/holdfast-faults/end';

export interface DriverReport {
  readonly result?: UnpackResult | ExportResult;
  readonly error?: {
    /** `NONE` for what is no Holdfast error, which would be a bug. */
    readonly code: ErrorCode | 'NONE';
    readonly message: string;
    readonly exitCode: number;
    readonly data?: unknown;
  };
  /** The most memory the process ever had. */
  readonly peakKilobytes?: number;
}

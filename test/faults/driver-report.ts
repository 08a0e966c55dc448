/** What the driver tells, and how it marks where its work begins and ends in a trace of system calls. */
import fs from 'node:fs';
import { type ErrorCode, errorCatalogue, exitCodes, isHoldfastError } from '../../src/base/index.ts';
import type { ExportResult } from '../../src/export/index.ts';
import type { UnpackResult } from '../../src/unpack/index.ts';

export const beginMarker = '/holdfast-faults/begin';
export const endMarker = '/holdfast-faults/end';

export interface DriverReport {
  readonly result?: UnpackResult | ExportResult | { readonly outcome: 'done' };
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

/** A system call that shows in a trace and does nothing. */
export function mark(path: string): void {
  try {
    fs.accessSync(path);
  } catch {
    // There is no such path.
  }
}

/** Says in one line of JSON what came of the work, and ends with its exit code. */
export async function reportOn(work: () => Promise<DriverReport>): Promise<void> {
  let report: DriverReport;
  try {
    report = await work();
  } catch (error) {
    report = { error: describe(error) };
  }
  process.exitCode = report.error?.exitCode ?? exitCodes.done;
  // writev(2), which takes two, so that no fault meant for the work hits the report.
  const line = JSON.stringify({ ...report, peakKilobytes: process.resourceUsage().maxRSS });
  fs.writevSync(1, [Buffer.from(line), Buffer.from('\n')]);
}

function describe(error: unknown): NonNullable<DriverReport['error']> {
  if (!isHoldfastError(error)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { code: 'NONE', message, exitCode: exitCodes[errorCatalogue.BUG.exit] };
  }
  return { code: error.code, message: error.message, exitCode: error.exitCode, data: error.data };
}

/**
 * One unpack or export in a process of its own, to be killed, starved or run as somebody else:
 * `driver.ts unpack|export REFERENCE TARGET [OPTIONS]`. Says in one line of JSON what came of it.
 */
import fs from 'node:fs';
import { errorCatalogue, exitCodes, isHoldfastError } from '../../src/base/index.ts';
import { exportToFile } from '../../src/export/index.ts';
import { host, nativeInflaterFactory } from '../../src/host/index.ts';
import { type Image, openImage } from '../../src/image/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { beginMarker, type DriverReport, endMarker } from './driver-report.ts';

const [command, reference = '', target = '', options = '{}'] = process.argv.slice(2);
const operation = command === 'export' ? exportToFile : unpack;

let report: DriverReport;
try {
  await using image = await openImage(reference);
  report = await run(image);
} catch (error) {
  report = { error: describe(error) };
}
process.exitCode = report.error?.exitCode ?? exitCodes.done;
// writev(2), which takes two, so that no fault meant for the work hits the report.
const line = JSON.stringify({ ...report, peakKilobytes: process.resourceUsage().maxRSS });
fs.writevSync(1, [Buffer.from(line), Buffer.from('\n')]);

async function run(image: Image): Promise<DriverReport> {
  // What is loaded at first use is loaded now: no fault is meant for it.
  if (host.isNative) nativeInflaterFactory()?.()[Symbol.dispose]();
  mark(beginMarker);
  const result = await operation(image, target, JSON.parse(options) as object);
  mark(endMarker);
  return { result };
}

/** A system call that shows in a trace and does nothing. */
function mark(path: string): void {
  try {
    fs.accessSync(path);
  } catch {
    // There is no such path.
  }
}

function describe(error: unknown): NonNullable<DriverReport['error']> {
  if (!isHoldfastError(error)) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { code: 'NONE', message, exitCode: exitCodes[errorCatalogue.BUG.exit] };
  }
  return { code: error.code, message: error.message, exitCode: error.exitCode, data: error.data };
}

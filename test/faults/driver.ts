/**
 * One unpack or export in a process of its own, to be killed, starved or run as somebody else:
 * `driver.ts unpack|export REFERENCE TARGET [OPTIONS]`. Says in one line of JSON what came of it.
 */
import { exportToFile } from '../../src/export/index.ts';
import { host, nativeInflaterFactory } from '../../src/host/index.ts';
import { openImage } from '../../src/image/index.ts';
import { unpack } from '../../src/unpack/index.ts';
import { beginMarker, endMarker, mark, reportOn } from './driver-report.ts';

const [command, reference = '', target = '', options = '{}'] = process.argv.slice(2);
const operation = command === 'export' ? exportToFile : unpack;

await reportOn(async () => {
  await using image = await openImage(reference);
  // What is loaded at first use is loaded now: no fault is meant for it.
  if (host.isNative) nativeInflaterFactory()?.()[Symbol.dispose]();
  mark(beginMarker);
  const result = await operation(image, target, JSON.parse(options) as object);
  mark(endMarker);
  return { result };
});

/**
 * A process that does with a store what commands do: `store-driver.ts COMMAND REFERENCE DIRECTORY`. It makes the layout
 * or opens it, completes a blob that another attempt has begun, takes over a file, puts and names an image, and removes
 * garbage.
 */
import fs from 'node:fs';
import { host } from '../../src/host/index.ts';
import { collectGarbage, openLayoutStore } from '../../src/store/index.ts';
import { beginMarker, endMarker, mark, reportOn } from './driver-report.ts';
import { arriving, manifestDescriptor, shared, smallBlobs, unusedForDays } from './store-work.ts';

const [, , directory = ''] = process.argv.slice(2);

await reportOn(async () => {
  if (directory !== '') fs.writeFileSync(`${directory}.blob`, shared.bytes);
  // What another layout has open; no fault is meant for it.
  const other = directory === '' ? undefined : fs.openSync(`${directory}.blob`, 'r');
  // What is loaded at first use is loaded now: no fault is meant for it.
  if (host.isNative && directory !== '') mark(beginMarker);
  using store = openLayoutStore(directory === '' ? '/dev/null' : directory, { create: true });
  using ingest = await store.ingest(arriving);
  ingest?.write(arriving.bytes.subarray(ingest.received, 5000));
  ingest?.write(arriving.bytes.subarray(Math.max(5000, ingest.received)));
  await ingest?.commit();
  using taken = await store.ingest(shared);
  if (other !== undefined && (await taken?.adopt(other, { isImmutable: true })) === undefined) {
    taken?.write(shared.bytes.subarray(taken.received));
    await taken?.commit();
  }
  for (const blob of smallBlobs) await store.put(blob, blob.bytes);
  for (const name of ['first', 'second']) await store.tag(name, manifestDescriptor);
  store.markUsed(manifestDescriptor, 'elsewhere');
  await collectGarbage(store, { unusedForDays });
  mark(endMarker);
  return { result: { outcome: 'done' } };
});

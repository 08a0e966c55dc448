/** One thread's part of a scan, as plain data in and out. */
import { type Columns, EntryTable } from '../tree/index.ts';
import { DirectoryScanner } from './directory-scanner.ts';
import type { ScannedLane, ScanPlan } from './scan-plan.ts';
import { WorkQueue } from './work-queue.ts';

export interface ScanTask {
  readonly plan: ScanPlan;
  readonly queue: SharedArrayBuffer;
}

/** A lane on its way between threads: a table loses its class there. */
export interface SentLane extends Omit<ScannedLane, 'table'> {
  readonly length: number;
  readonly columns: Columns;
  readonly rare: EntryTable['rare'];
}

/** Reads directories until there are no more; undefined when all was done before it began. @throws as `scanDirectory` */
export async function runScanTask({ plan, queue: buffer }: ScanTask): Promise<SentLane | undefined> {
  await Promise.resolve();
  const queue = new WorkQueue(buffer);
  const lane = queue.lanes.join();
  if (lane === undefined) return undefined;
  using scanner = new DirectoryScanner(plan, lane, queue);
  try {
    for (let item = queue.takeOrWait(); item !== undefined; item = queue.takeOrWait()) {
      scanner.begin(item);
      while (scanner.advance());
      queue.finish();
    }
    const { table, ...rest } = scanner.finish();
    return { ...rest, length: table.length, columns: table.columns, rare: table.rare };
  } catch (error) {
    queue.cancel();
    throw error;
  }
}

export function receivedLane({ length, columns, rare, ...rest }: SentLane): ScannedLane {
  return { ...rest, table: new EntryTable(length, columns, rare) };
}

/** The buffers that can be handed over without copying. */
export function transferList(lane: SentLane | undefined): ArrayBuffer[] {
  if (lane === undefined) return [];
  const columns: Uint8Array[] = [...Object.values(lane.columns), ...Object.values(lane.identity)] as Uint8Array[];
  return columns.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof ArrayBuffer);
}

/** Whether a record tells of losses. */
import path from 'node:path';
import { HoldfastError } from '../base/index.ts';
import { readUnpackRecord, type UnpackRecordFile } from './read-record.ts';
import { recordStates } from './record-columns.ts';
import { recordName } from './record-name.ts';

/** Root loses nothing that a look at the disk would not leave out as well. */
export function hasLosses({ uid, columns }: UnpackRecordFile): boolean {
  return uid !== 0 && columns.state.some((state) => state !== recordStates.exact);
}

/**
 * Refuses to take for meant what a directory shows that was unpacked with losses: owners above all.
 * @param directory absolute, links resolved
 * @throws RECORD_UNUSABLE
 */
export function refuseLossyDirectory(directory: string): void {
  const record = readUnpackRecord(directory);
  if (record === undefined || !hasLosses(record)) return;
  throw new HoldfastError('RECORD_UNUSABLE', { directory, record: recordPath(directory) });
}

/** Where the record of a directory stands. @param directory absolute */
export function recordPath(directory: string): string {
  return path.join(path.dirname(directory), recordName(path.basename(directory)));
}

/**
 * The unpack record: what `unpack` placed and how each name is known, so that a later look at the directory can tell what was
 * changed without reading it.
 */
export {
  type PlacedIdentity,
  type RecordColumns,
  recordFormat,
  type RecordHead,
  recordStates,
} from './record-columns.ts';
export { RecordBuilder } from './record-builder.ts';
export { hasLosses, recordPath, refuseLossyDirectory } from './losses.ts';
export { recordName } from './record-name.ts';
export { readUnpackRecord, type UnpackRecordFile } from './read-record.ts';

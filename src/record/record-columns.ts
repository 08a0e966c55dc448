/** What the unpack record holds, and its form as a file. */
import type { Timestamp } from '../base/index.ts';
import type { IdMap } from '../host/index.ts';
import type { ColumnFormat } from '../layer/index.ts';
import type { KnownColumns } from '../scan/index.ts';

/** What a scan compares with, and what else is known of each name. */
export interface RecordColumns extends KnownColumns {
  /** One of {@link recordStates}. */
  readonly state: Uint8Array;
  /** JSON: exact attributes of what is not on disk as the image has it, by rows. */
  readonly attributes: Uint8Array;
}

export const recordStates = {
  /** On disk, with all its attributes. */
  exact: 0,
  /** On disk, with other attributes than the image gives it. */
  lossy: 1,
  /** Not on disk: the file system could not hold it at all. */
  absent: 2,
} as const;

export interface RecordHead {
  /** Digest of the manifest that was unpacked. */
  readonly digest: string;
  /** How many layers of the image, from the bottom. */
  readonly layers: number;
  /** How conflicts were decided. */
  readonly onConflict: string;
  readonly reference: string;
  /** What ids of the image became on disk. */
  readonly uidMap: IdMap;
  readonly gidMap: IdMap;
  /** Major and minor numbers. */
  readonly devices: readonly (readonly [number, number])[];
}

/** The largest number of devices that one directory can be on. */
export const mostDevices = 256;

export const recordFormat: ColumnFormat<RecordColumns> = {
  magic: 'holdfast record 2\n',
  layout: [
    ['starts', Uint32Array],
    ['text', Uint8Array],
    ['first', Uint32Array],
    ['count', Uint32Array],
    ['state', Uint8Array],
    ['device', Uint8Array],
    ['inodeLow', Uint32Array],
    ['inodeHigh', Uint32Array],
    ['size', Float64Array],
    ['mtimeSeconds', Float64Array],
    ['mtimeNanoseconds', Uint32Array],
    ['ctimeSeconds', Float64Array],
    ['ctimeNanoseconds', Uint32Array],
    ['attributes', Uint8Array],
  ],
};

/** How a name is known that was placed. */
export interface PlacedIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: number;
  readonly mtime: Timestamp;
  readonly ctime: Timestamp;
}

/** What the unpack record holds, and its form as a file. */
import type { Timestamp } from '../base/index.ts';
import type { IdMap } from '../host/index.ts';
import type { ColumnFormat } from '../layer/index.ts';

/** One row for each name, level by level: what a directory holds is next to each other, in byte order. */
export interface RecordColumns {
  /** Where each row's name begins in `text`; the last element is the end of `text`. */
  readonly starts: Uint32Array;
  readonly text: Uint8Array;
  /** What a directory holds: rows from `first` on. */
  readonly first: Uint32Array;
  readonly count: Uint32Array;
  /** One of {@link recordStates}. */
  readonly state: Uint8Array;
  /** An index into {@link RecordHead.devices}. */
  readonly device: Uint8Array;
  readonly inodeLow: Uint32Array;
  readonly inodeHigh: Uint32Array;
  readonly size: Float64Array;
  readonly mtimeSeconds: Float64Array;
  readonly mtimeNanoseconds: Uint32Array;
  readonly ctimeSeconds: Float64Array;
  readonly ctimeNanoseconds: Uint32Array;
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

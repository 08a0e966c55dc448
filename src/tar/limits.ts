/** Bounds that the reader keeps, and how it says that one was passed. */
import { type ByteString, defaultLimits, HoldfastError, limitFlags, type Limits } from '../base/index.ts';
import type { ExactNumber } from './number.ts';

/** Each defaults to the value in {@link defaultLimits}. */
export interface TarReaderOptions {
  /** Bytes of extension headers of one entry. */
  readonly maxHeaderBytes?: number;
  /** Bytes of xattr names and values of one entry. */
  readonly maxXattrBytes?: number;
  /** Bytes of one file, holes included. */
  readonly maxSizeBytes?: number;
}

export type TarLimits = Pick<Limits, keyof TarReaderOptions>;

export function completeLimits(options: TarReaderOptions): TarLimits {
  return {
    maxHeaderBytes: options.maxHeaderBytes ?? defaultLimits.maxHeaderBytes,
    maxXattrBytes: options.maxXattrBytes ?? defaultLimits.maxXattrBytes,
    maxSizeBytes: Math.min(options.maxSizeBytes ?? defaultLimits.maxSizeBytes, Number.MAX_SAFE_INTEGER),
  };
}

/** A size as a number. @throws LIMIT_EXCEEDED, with the exact size however large. */
export function checkSize(size: ExactNumber, limits: TarLimits, path: ByteString): number {
  if (size <= limits.maxSizeBytes) return Number(size);
  throw new HoldfastError('LIMIT_EXCEEDED', {
    limit: `bytes of file content (it claims ${size})`,
    flag: limitFlags.maxSizeBytes,
    value: String(limits.maxSizeBytes),
    path,
  });
}

/** @throws LIMIT_EXCEEDED */
export function checkHeaderBytes(bytes: ExactNumber, limits: TarLimits): void {
  if (bytes <= limits.maxHeaderBytes) return;
  throw new HoldfastError('LIMIT_EXCEEDED', {
    limit: `bytes of extension headers for one entry (it claims ${bytes})`,
    flag: limitFlags.maxHeaderBytes,
    value: String(limits.maxHeaderBytes),
  });
}

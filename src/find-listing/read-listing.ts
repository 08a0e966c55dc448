import { setImmediate } from 'node:timers/promises';
import { defaultLimits, type Limits, type OperationOptions } from '../base/index.ts';
import { type FindListing, ListingBuilder } from './listing-builder.ts';
import { ListingParser } from './listing-parser.ts';

export interface ReadListingOptions extends Pick<OperationOptions, 'signal'> {
  readonly limits?: Limits | undefined;
}

/** With what every listing begins. */
const beginnings = ['holdfast-listing ', 'holdfast-digests '] as const;

/** Whether bytes are the beginning of a listing. */
export function isFindListing(start: Uint8Array): boolean {
  const text = Buffer.from(start.subarray(0, 32)).toString('latin1');
  return beginnings.some((beginning) => text.startsWith(beginning));
}

/**
 * Reads what the lines of {@link findListingCommands} printed, one behind the other. Names that lead to one inode of one device
 * are one inode; how many names an inode is said to have counts for nothing. A directory that only paths tell of is there, and
 * its attributes are unknown. Where something was mounted, nothing is known.
 * @param name for messages
 * @throws LISTING_INVALID, also when it was cut short; LIMIT_EXCEEDED; what the chunks throw; the reason of the signal
 */
export async function readFindListing(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  name: string,
  { signal, limits = defaultLimits }: ReadListingOptions = {},
): Promise<FindListing> {
  const builder = new ListingBuilder(limits);
  const parser = new ListingParser(name, builder, limits);
  for await (const chunk of chunks) {
    signal?.throwIfAborted();
    parser.add(chunk);
    await setImmediate();
  }
  return parser.end(() => builder.finish());
}

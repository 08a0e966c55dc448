/**
 * The tar codec: every dialect in, the smallest necessary one out. Fed with bytes, pulled for entries; it knows no
 * file, no stream and no image.
 */
export type { ReadTarEntry, TarEntry, TarEntryKind } from './entry.ts';
export type { TarReaderOptions } from './limits.ts';
export { type TarEvent, TarReader } from './reader.ts';
export { encodeTarEntry, endOfArchive, tarPadding } from './writer.ts';

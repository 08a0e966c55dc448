/** Entries as a tar archive, written by Holdfast's own codec. */
import { encodeTarEntry, endOfArchive, tarPadding } from '../tar/index.ts';
import type { EntrySpec } from './entry-spec.ts';

/**
 * The archive with these entries in this order, ended by two zero blocks. Names, duplicates and link targets are
 * written as they are; for an archive that is broken as an archive see `rawTar`.
 */
export function tarOf(entries: Iterable<EntrySpec>): Buffer {
  return Buffer.concat([...entriesOf(entries), endOfArchive]);
}

/** The same without the end of the archive, to be put together with other blocks. */
export function tarBlocks(entries: Iterable<EntrySpec>): Buffer {
  return Buffer.concat(entriesOf(entries));
}

function entriesOf(entries: Iterable<EntrySpec>): Uint8Array[] {
  return [...entries].flatMap((entry) => [
    encodeTarEntry(entry),
    entry.content,
    new Uint8Array(tarPadding(entry.content.length)),
  ]);
}

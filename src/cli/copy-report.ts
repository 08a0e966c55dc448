import { escapeText } from '../base/index.ts';
import type { CopiedBlobs, CopyResult } from '../transfer/index.ts';
import { facts, formatBytes } from './text.ts';

/**
 * What a copy did, for a person.
 * @param title what to call it, where that is not from one reference to another
 */
export function copySummary(result: CopyResult, title?: string): string[] {
  return [
    title ?? `copied ${escapeText(result.source)} to ${escapeText(result.destination)}`,
    ...facts([
      ['digest', result.digest],
      ['source', result.changed === undefined ? undefined : `${result.sourceDigest}; ${result.changed}`],
      ['blobs', blobSummary(result.blobs)],
      ['manifests', result.manifests === 1 ? undefined : String(result.manifests)],
      ['referrers', result.referrers === 0 ? undefined : String(result.referrers)],
    ]),
  ];
}

/** What became of the blobs; undefined where there were none. */
export function blobSummary({ copied, existed, mounted, shared, bytes }: CopiedBlobs): string | undefined {
  const parts = [
    ...(copied > 0 ? [`${copied} moved (${formatBytes(bytes)})`] : []),
    ...(existed > 0 ? [`${existed} there already`] : []),
    ...(mounted > 0 ? [`${mounted} mounted`] : []),
    ...(shared > 0 ? [`${shared} shared with the source`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(', ');
}

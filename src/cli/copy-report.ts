import { escapeText } from '../base/index.ts';
import type { CopyResult } from '../transfer/index.ts';
import { facts, formatBytes } from './text.ts';

/**
 * What a copy did, for a person.
 * @param title what to call it, where that is not from one reference to another
 */
export function copySummary(result: CopyResult, title?: string): string[] {
  const { blobs } = result;
  const parts = [
    ...(blobs.copied > 0 ? [`${blobs.copied} moved (${formatBytes(blobs.bytes)})`] : []),
    ...(blobs.existed > 0 ? [`${blobs.existed} there already`] : []),
    ...(blobs.mounted > 0 ? [`${blobs.mounted} mounted`] : []),
  ];
  return [
    title ?? `copied ${escapeText(result.source)} to ${escapeText(result.destination)}`,
    ...facts([
      ['digest', result.digest],
      ['source', result.changed === undefined ? undefined : `${result.sourceDigest}; ${result.changed}`],
      ['blobs', parts.length === 0 ? undefined : parts.join(', ')],
      ['manifests', result.manifests === 1 ? undefined : String(result.manifests)],
      ['referrers', result.referrers === 0 ? undefined : String(result.referrers)],
    ]),
  ];
}

import { escapeText } from '../base/index.ts';
import type { CopyResult } from '../transfer/index.ts';
import { count, facts, formatBytes } from './text.ts';

/** What a copy did, for a person. */
export function copySummary(result: CopyResult): string[] {
  const { blobs } = result;
  const moved = `${count(blobs.copied, 'blob')}, ${formatBytes(blobs.bytes)}`;
  const spared = [
    ...(blobs.existed > 0 ? [`${blobs.existed} there already`] : []),
    ...(blobs.mounted > 0 ? [`${blobs.mounted} mounted`] : []),
  ];
  return [
    `copied ${escapeText(result.source)} to ${escapeText(result.destination)}`,
    ...facts([
      ['digest', result.digest],
      ['source', result.changed === undefined ? undefined : `${result.sourceDigest}; ${result.changed}`],
      ['moved', [moved, ...spared].join(', ')],
      ['manifests', result.manifests === 1 ? undefined : String(result.manifests)],
      ['referrers', result.referrers === 0 ? undefined : String(result.referrers)],
    ]),
  ];
}

/** `audit`: whatever references lead to, every image of an index. */
import { HoldfastError, isHoldfastError, maxIndexDepth } from '../base/index.ts';
import { severities, type Severity } from '../hazards/index.ts';
import {
  imageIn,
  type ImageSource,
  isIndex,
  isManifest,
  type OpenOptions,
  openSource,
  readDocument,
  resolvePlatform,
  type VerifiedDocument,
  type VerifiedManifest,
} from '../image/index.ts';
import {
  type ImageManifest,
  isImageConfigMediaType,
  isIndexMediaType,
  isLayerMediaType,
  isManifestMediaType,
  parsePlatform,
} from '../oci/index.ts';
import { type AuditedImage, auditImage, type AuditImageOptions } from './audit-image.ts';
import type { Finding } from './finding.ts';

export interface AuditOptions
  extends AuditImageOptions, Pick<OpenOptions, 'platform' | 'stdin' | 'registry' | 'network'> {
  readonly limits?: Exclude<OpenOptions['limits'], undefined>;
}

export interface AuditResult {
  /** Image by image, in the order of the rules, bottom layer first. */
  readonly findings: readonly Finding[];
  readonly images: readonly AuditedImage[];
  /** What an index names and was not looked at. */
  readonly skipped: readonly SkippedMember[];
  readonly counts: Readonly<Record<Severity, number>>;
  /** Places that the baseline has. */
  readonly known: number;
}

export interface SkippedMember {
  readonly image: string;
  readonly digest: string;
  readonly reason: 'not here' | 'not a container image' | 'a Windows image';
}

/**
 * Looks for every hazard that shows in images, from the indexes of their layers alone; of an index in every image, unless a
 * platform is given.
 *
 * @example
 * const { findings, counts } = await audit(['debian:12', 'oci:images:app'], { targets: ['docker-29.7'] });
 *
 * @throws the codes of references, documents and registries, those of {@link auditImage}
 */
export async function audit(references: readonly string[], options: AuditOptions = {}): Promise<AuditResult> {
  const images: AuditedImage[] = [];
  const findings: Finding[] = [];
  const skipped: SkippedMember[] = [];
  let known = 0;
  for (const reference of references) {
    await using source = await openSource(reference, options);
    for await (const manifest of imagesOf(source, reference, options, skipped)) {
      options.signal?.throwIfAborted();
      await using image = await imageIn(source, manifest, reference);
      if (image.platform.os === 'windows') {
        skipped.push({ image: reference, digest: manifest.digest, reason: 'a Windows image' });
        continue;
      }
      const audited = await auditImage(image, options);
      images.push(audited.audited);
      for (const finding of audited.findings) findings.push(finding);
      known += audited.known;
    }
  }
  return { findings, images, skipped, counts: countsOf(findings), known };
}

/** Whether there is a finding that is at least so bad. */
export function fails({ counts }: Pick<AuditResult, 'counts'>, failOn: Severity): boolean {
  return severities.slice(0, severities.indexOf(failOn) + 1).some((severity) => counts[severity] > 0);
}

function countsOf(findings: readonly Finding[]): Record<Severity, number> {
  const count = (wanted: Severity): number => findings.filter(({ severity }) => severity === wanted).length;
  return { error: count('error'), warning: count('warning'), note: count('note') };
}

/** Each image once, however often an index names it. */
async function* imagesOf(
  source: ImageSource,
  reference: string,
  { platform }: AuditOptions,
  skipped: SkippedMember[],
): AsyncGenerator<VerifiedManifest> {
  if (platform !== undefined || !isIndex(source.root)) {
    yield await resolvePlatform(source, platform === undefined ? undefined : parsePlatform(platform));
    return;
  }
  const seen = new Set<string>();
  const pending: { readonly verified: VerifiedDocument; readonly depth: number }[] = [
    { verified: source.root, depth: 0 },
  ];
  const skip = (digest: string, reason: SkippedMember['reason']): void => {
    skipped.push({ image: reference, digest, reason });
  };
  for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
    const { verified, depth } = next;
    if (isManifest(verified)) {
      if (isImage(verified.document)) yield verified;
      else skip(verified.digest, 'not a container image');
      continue;
    }
    if (!isIndex(verified)) continue;
    if (depth >= maxIndexDepth) {
      const limit = 'levels of indexes inside indexes';
      throw new HoldfastError('LIMIT_EXCEEDED', { limit, flag: '', value: String(maxIndexDepth) });
    }
    for (const entry of verified.document.manifests) {
      if (seen.has(entry.digest)) continue;
      seen.add(entry.digest);
      const isDocument = isManifestMediaType(entry.mediaType) || isIndexMediaType(entry.mediaType);
      const member = isDocument ? await ifPresent(source, entry) : undefined;
      if (member) pending.push({ verified: member, depth: depth + 1 });
      else skip(entry.digest, isDocument ? 'not here' : 'not a container image');
    }
  }
}

function isImage({ config, layers }: ImageManifest): boolean {
  return isImageConfigMediaType(config.mediaType) && layers.every(({ mediaType }) => isLayerMediaType(mediaType));
}

/** Layouts need not hold every image of an index. */
async function ifPresent(
  source: ImageSource,
  entry: Parameters<typeof readDocument>[1],
): Promise<VerifiedDocument | undefined> {
  try {
    return await readDocument(source, entry, 'a document of the index');
  } catch (error) {
    if (isHoldfastError(error, 'BLOB_MISSING')) return undefined;
    throw error;
  }
}

/** The rules over one image. */
import { severities, type Severity, type TargetName } from '../hazards/index.ts';
import type { Image } from '../image/index.ts';
import { type Baseline, knownIn } from './baseline.ts';
import { type Finding, findingsOf } from './finding.ts';
import { type FactsOptions, type ImageFacts, readImageFacts } from './image-facts.ts';
import type { Rule } from './rule.ts';
import { rules } from './rules/index.ts';

export interface AuditImageOptions extends FactsOptions {
  /** Whom the image is for: what only others do is left out, and what these do is as bad as it is for them. */
  readonly targets?: readonly TargetName[];
  /** Places that are known; they are not listed again, only counted. */
  readonly baseline?: Baseline;
}

/** One image that was looked at. */
export interface AuditedImage {
  /** As the user gave it. */
  readonly image: string;
  readonly platform: string;
  /** Of the manifest. */
  readonly digest: string;
  readonly layers: number;
  /** Entries of all layers. */
  readonly entries: number;
  /** Bytes of its files, each inode once. */
  readonly bytes: number;
  /** The same where every name of a hard link becomes a file of its own. */
  readonly bytesAsCopies: number;
}

export interface ImageAudit {
  readonly audited: AuditedImage;
  /** In the order of the rules, bottom layer first. */
  readonly findings: readonly Finding[];
  /** Places that the baseline has. */
  readonly known: number;
}

/**
 * Looks for every hazard that shows in one image, from the indexes of its layers alone. Layers that cannot be laid over each
 * other are no error but findings.
 *
 * @example
 * const { findings } = await auditImage(image, { targets: ['cloud-run'] });
 *
 * @throws the codes of layers that cannot be read at all, DIFFID_MISMATCH, LIMIT_EXCEEDED
 */
export async function auditImage(image: Image, options: AuditImageOptions = {}): Promise<ImageAudit> {
  const facts = await readImageFacts(image, options);
  const isKnown = knownIn(options.baseline, facts.reference, facts.platform);
  const found = rules.flatMap((rule) => {
    const severity = severityOf(rule, options.targets ?? []);
    return severity === undefined ? [] : [findingsOf(rule, severity, facts, isKnown)];
  });
  const known = found.reduce((sum, one) => sum + one.known, 0);
  return { audited: factsOf(facts), findings: found.flatMap(({ findings }) => findings), known };
}

/** How bad a hazard is for an image that is meant for these; undefined where it does not concern any of them. */
export function severityOf(rule: Rule, targets: readonly TargetName[]): Severity | undefined {
  const own = rule.id.startsWith('C') && targets.length > 0 ? [] : [rule.severity];
  const there = targets.map((target) => rule.targets?.[target]).filter((severity) => severity !== undefined);
  const all = [...own, ...there];
  return severities.find((severity) => all.includes(severity));
}

function factsOf(facts: ImageFacts): AuditedImage {
  const { reference, platform, digest, layers, weight } = facts;
  const entries = layers.reduce((sum, { table }) => sum + table.length, 0);
  return { image: reference, platform, digest, layers: layers.length, entries, ...weight };
}

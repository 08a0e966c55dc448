/**
 * What will go wrong with an image before it does: the catalogue of hazards, and where they show. It works on the indexes of
 * layers and needs no tree that can be unpacked.
 */
export { audit, type AuditOptions, type AuditResult, fails, type SkippedMember } from './audit.ts';
export { type AuditedImage, auditImage, type AuditImageOptions, type ImageAudit } from './audit-image.ts';
export { type Baseline, baselineOf, type KnownFinding, parseBaseline } from './baseline.ts';
export { findHazard, hazards } from './find-hazard.ts';
export type { Finding } from './finding.ts';
export { ImageFacts, readImageFacts } from './image-facts.ts';
export { LayerFacts } from './layer-facts.ts';
export { type HiddenHazard, hiddenHazards } from './hidden-hazards.ts';
export type { Hit, Rule } from './rule.ts';
export { rules } from './rules/index.ts';
export { sarifOf } from './sarif.ts';

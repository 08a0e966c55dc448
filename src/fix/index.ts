/** Images repaired: layers that say the same tree in a way that other programs do not get wrong. */
export type { Delink } from './delink.ts';
export { type FixedImage, fixImage, type FixResult, type ReplacedDigest } from './fix.ts';
export type { FixOptions } from './options.ts';
export type { DelinkReport, FixReport, LayerRepair, ReportedDecision, RuleRepairs } from './report.ts';
export { fixRules } from './rules.ts';
export type { Rule as FixRule } from './rule.ts';

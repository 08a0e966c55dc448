/** The words of the hazard catalogue: plain data, which tables of options and reports take without loading a single rule. */
export { type Hazard, severities, type Severity } from './hazard.ts';
export { type TargetName, targetNames, targets } from './targets.ts';

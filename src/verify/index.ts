/** Whether a tree is what its image says, what is wrong where it is not, and who probably did it. */
export type { Cause, Confidence, Fault, FaultFacts, FaultKind } from './fault.ts';
export { type Finding, findingsIn } from './findings.ts';
export {
  type IgnoredPath,
  type UnseenPath,
  verify,
  type VerifyOptions,
  type VerifyResult,
  verifyTrees,
} from './verify.ts';

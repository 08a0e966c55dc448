/** All cases of applying layers, and what is needed to compare a tree with what a case expects. */
import type { ApplyCase } from './apply-case.ts';
import { ggcrCases } from './ggcr.ts';
import { kanikoCases } from './kaniko.ts';
import { semanticsCases } from './semantics-a.ts';
import { specCases } from './spec.ts';

export { type ApplyCase, type Expectation, layerTar } from './apply-case.ts';
export {
  assertSameTree,
  differences,
  expectedListing,
  impliedDirectory,
  type Facts,
  listingOfDirectory,
  listingOfTar,
  type TreeListing,
  xattrsReadable,
} from './expected-tree.ts';

export const applyCases: readonly ApplyCase[] = [...semanticsCases, ...kanikoCases, ...ggcrCases, ...specCases];

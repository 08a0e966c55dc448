/** Every sentence of the rules for applying a layer that the cases collected elsewhere leave out. */
import type { ApplyCase } from './apply-case.ts';
import { attributeCases } from './spec-attributes.ts';
import { conflictCases } from './spec-conflicts.ts';
import { linkCases } from './spec-links.ts';
import { markerCases } from './spec-markers.ts';
import { nameCases } from './spec-names.ts';
import { parentCases } from './spec-parents.ts';

export const specCases: readonly ApplyCase[] = [
  ...nameCases,
  ...markerCases,
  ...parentCases,
  ...linkCases,
  ...attributeCases,
  ...conflictCases,
];

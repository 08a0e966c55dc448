/** Every rule, by id. */
import type { Rule } from '../rule.ts';
import { p01 } from './p01-absolute-link-target.ts';

export const rules: readonly Rule[] = [p01];

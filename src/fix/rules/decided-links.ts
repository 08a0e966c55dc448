import { lateTarget, selfTarget } from '../settle.ts';
import type { Rule } from '../rule.ts';

/** No reader can lay such a layer in the order of its archive; what `settleLayer` decides is said in another order. */
export const lateTargets: Rule = {
  id: lateTarget,
  title: 'hard links that come before their targets',
  decides: true,
  find: () => [],
};

export const selfTargets: Rule = {
  id: selfTarget,
  title: 'hard links to themselves',
  decides: true,
  find: () => [],
};

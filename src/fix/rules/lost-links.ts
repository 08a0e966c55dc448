import type { Rule } from '../rule.ts';

/** kaniko's copies between stages, Jib, pack and others write a copy for each name. */
export const withinLayer: Rule = {
  id: 'P02',
  title: 'files of one layer that are the same in everything and may have been links',
  decides: true,
  isAskedFor: true,
  find: () => [],
};

/** Tools that cut a tree into layers by size or package write what was one file into several. */
export const acrossLayers: Rule = {
  id: 'P08',
  title: 'files of several layers that are the same in everything and may have been links',
  decides: true,
  isAskedFor: true,
  find: () => [],
};

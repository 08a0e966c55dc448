import type { Rule } from '../rule.ts';

export const p31: Rule = {
  id: 'P31',
  title: 'entry that cannot be placed',
  severity: 'error',
  message: { one: 'entry cannot be placed', many: 'entries cannot be placed' },
  explanation:
    'The parents of an entry lead in a circle, or through names that are reserved or too long; or the root is no directory. No reader can make a tree of that, and several were attacked with it.',
  affected: ['broken programs, and archives that were made to attack readers', 'refused by holdfast unpack'],
  remedy: 'do not use the image; rebuild it.',
  sources: ['https://nvd.nist.gov/vuln/detail/CVE-2021-29136'],
  *find({ layers }) {
    for (const { number, table, refused } of layers) {
      for (const { row, error } of refused) {
        if (!error.code.startsWith('LINK_T')) yield { layer: number, path: table.name(row) };
      }
    }
  },
};

import type { Rule } from '../rule.ts';

export const p25: Rule = {
  id: 'P25',
  title: 'hard link to a directory or to itself',
  severity: 'error',
  message: {
    one: 'hard link leads to a directory or to itself',
    many: 'hard links lead to directories or to themselves',
  },
  explanation: 'A directory cannot have a second name, and nothing can be a link to itself.',
  affected: ['broken programs, and archives that were made to attack readers', 'refused by holdfast unpack'],
  remedy: 'rebuild the image: what was meant is not in it.',
  sources: ['https://man7.org/linux/man-pages/man2/link.2.html'],
  *find({ layers }) {
    for (const { number, table, refused } of layers) {
      for (const { row, error } of refused) {
        if (error.code === 'LINK_TO_DIRECTORY' || error.code === 'LINK_TO_SELF')
          yield { layer: number, path: table.name(row), other: table.linkName(row) };
      }
    }
  },
};

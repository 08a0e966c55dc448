import type { Rule } from '../rule.ts';

export const p24: Rule = {
  id: 'P24',
  title: 'hard link whose target is not there',
  severity: 'error',
  message: { one: 'hard link has a target that is nowhere', many: 'hard links have targets that are nowhere' },
  explanation:
    'No entry before the hard link, in its layer or below, has the name of its target. The file was left out when the layer was made, or removed by a layer below.',
  affected: [
    'kaniko and others that leave ignored paths out of layers',
    'refused by holdfast unpack and by nearly all others',
  ],
  remedy: 'rebuild the image: what was meant is not in it.',
  sources: ['https://github.com/microsoft/WSL/issues/4457'],
  *find({ layers }) {
    for (const { number, table, refused } of layers) {
      for (const { row, error } of refused) {
        if (error.code === 'LINK_TARGET_MISSING')
          yield { layer: number, path: table.name(row), other: table.linkName(row) };
      }
    }
  },
};

import type { Rule } from '../rule.ts';

export const p23: Rule = {
  id: 'P23',
  title: 'hard link before its target',
  severity: 'error',
  message: { one: 'hard link stands before its target', many: 'hard links stand before their targets' },
  explanation:
    'The entry of a hard link comes before the entry of its target in the same layer. A reader that goes through the archive once cannot make the link: it refuses the layer, or links to an older file of that name.',
  affected: [
    'programs that sort entries by name without regard to links',
    'refused by holdfast unpack, Docker and podman',
  ],
  remedy: 'holdfast fix --accept writes the layer anew with the link bound at its end.',
  sources: ['https://www.gnu.org/software/tar/manual/html_node/hard-links.html'],
  *find({ layers }) {
    for (const { number, table, refused } of layers) {
      for (const { row, error } of refused) {
        if (error.code === 'LINK_TARGET_LATER')
          yield { layer: number, path: table.name(row), other: table.linkName(row) };
      }
    }
  },
};
